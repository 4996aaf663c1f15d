/** A dashboard on its way into Redis: what belongs to it is staged under keys of the import. */
import { STAGE, SWITCH } from './lua/import.lua.js';
import { keptText } from './reply-codec.js';
import type { RedisVisit } from './short-session.js';
import { BUCKETS, type Retention } from '../store.js';
import type {
  DashboardImport,
  BucketTotals,
  ExportedCounter,
  ExportedDashboard,
  ExportRecord,
  DashboardVersion,
  PointRun,
} from '../transfer.port.js';
import type { Totals } from '../../counters/counters.js';

/** How long what is staged outlives an import that was cut off, milliseconds. */
const LEFTOVERS_MS = 86_400_000;
/** A dashboard at rest forgets an hour or two late, as the step has it (redis.lua.state.ts). */
const LATE_MS = 7_200_000;
const KEYS_AT_ONCE = 500;

/** A bucket, and the totals that it began with. */
interface Open {
  readonly mark: BucketTotals;
  readonly from: Totals;
}
/** A stream of points, or what else is staged: how long it is, and when it goes. */
interface Staged {
  readonly length: number;
  readonly lengthBy: 'XLEN' | 'HLEN' | 'LLEN';
  readonly expireBy: 'PEXPIRE' | 'PEXPIREAT';
  readonly expiry: number;
}

export class RedisStaging implements DashboardImport {
  /** By the key that it will have. */
  readonly #staged = new Map<string, Staged>();
  /** By counter and step: its newest bucket. It is open, and no part of the stream. */
  readonly #open = new Map<string, Open>();
  #batch = 0;

  constructor(
    private readonly visit: RedisVisit,
    private readonly retention: Retention,
    private readonly dashboard: ExportedDashboard,
    private readonly earlier: DashboardVersion | undefined,
    private readonly run: string,
  ) {}

  /** Takes away what an import before has left, and begins. */
  async begin(): Promise<void> {
    await this.#clear();
    const definitions = this.#definitions();
    const stage = this.#stageOf(this.#name);
    await this.visit.ask((client) =>
      client
        .multi()
        .hset(stage, { run: this.run, batch: 0, ...definitions })
        .pexpire(stage, LEFTOVERS_MS)
        .exec(),
    );
  }

  async add(pieces: readonly ExportRecord[]): Promise<void> {
    const [ledger, keys]: [string[], string[]] = [[], []];
    for (const piece of pieces) {
      if (piece.points) await this.#addPoints(piece.points);
      else if (piece.ledger) {
        const { revision, at, changes, key, reason, who } = piece.ledger;
        ledger.push(String(revision), String(at), JSON.stringify({ changes, key, reason, who }));
      } else {
        const { key, at, fingerprint, reply } = piece.key;
        keys.push(key, `${fingerprint} ${at} ${keptText(reply)}`, `${at} ${key}`);
      }
    }
    const { ledgerMs, keyMs } = this.retention;
    const { name } = this.dashboard;
    if (ledger.length > 0) {
      this.#count(this.visit.keys.ledger(name), ledger.length / 3, 'XLEN', ledgerMs + LATE_MS);
      await this.#stage('ledger', [this.visit.keys.ledger(name)], ledger);
    }
    if (keys.length > 0) {
      const [remembered, ages] = [this.visit.keys.remembered(name), this.visit.keys.ages(name)];
      this.#count(remembered, keys.length / 3, 'HLEN', keyMs + LATE_MS);
      this.#count(ages, keys.length / 3, 'LLEN', keyMs + LATE_MS);
      await this.#stage('keys', [remembered, ages], keys);
    }
  }

  /** The name is known before the dashboard is there, and after: none that is there is unknown. */
  async complete(epoch: string): Promise<boolean> {
    const { visit, dashboard } = this;
    const { keys } = visit;
    const { name, title, revision, at, counters } = dashboard;
    const births = String(counters.length);
    const head = { epoch, revision: String(revision), at: String(at), births, size: births };
    const kept = counters.map((counter) => [`c:${counter.name}`, this.#keptOf(counter)] as const);
    await this.#stage(
      'fields',
      [],
      [...Object.entries({ ...head, ...(title !== undefined && { title }) }).flat(), ...kept.flat()],
    );
    const gone = this.earlier ? keys.all(name, await this.#countersIn(this.#name)) : [];
    await visit.ask((client) => client.zadd(keys.names, 0, name));
    const staged = [...this.#staged];
    const where = [
      this.#name,
      this.#stageOf(this.#name),
      ...staged.flatMap(([key]) => [this.#stageOf(key), key]),
      ...gone,
    ];
    const args = [
      this.run,
      this.earlier ? standingText(this.earlier) : '',
      standingText({ epoch, revision, at }),
      this.#name,
      JSON.stringify({ epoch, revision }),
      staged.length,
      ...staged.flatMap(([, { lengthBy, length, expireBy, expiry }]) => [lengthBy, length, expireBy, expiry]),
    ];
    const answer = await visit.ask((client) => client.eval(SWITCH, where.length, ...where, ...args));
    if (answer === 'moved') return false;
    this.#assertOk(answer);
    await visit.ask((client) => client.zadd(keys.names, 0, name));
    return true;
  }

  async abort(): Promise<void> {
    const run = await this.visit.ask((client) => client.hget(this.#stageOf(this.#name), 'run'));
    if (run === this.run) await this.#clear();
  }

  /** A bucket has ended when the next one comes. */
  async #addPoints({ counter, stepMs, startTotals, buckets }: PointRun): Promise<void> {
    const series = `${counter} ${stepMs}`;
    const args: string[] = [];
    let open = this.#open.get(series);
    let start = startTotals;
    let endedAt = 0;
    for (const mark of buckets) {
      if (open) {
        const totals = [open.mark.added, open.mark.removed, open.from.added, open.from.removed];
        args.push(String(open.mark.at), ...totals.map(String));
        endedAt = open.mark.at;
      }
      open = { mark, from: start };
      start = mark;
    }
    if (open) this.#open.set(series, open);
    if (args.length === 0) return;
    const stream = this.visit.keys.points(this.dashboard.name, counter, stepMs);
    const { keepMs } = BUCKETS.find((bucket) => bucket.stepMs === stepMs) ?? BUCKETS[0];
    this.#count(stream, args.length / 5, 'XLEN', endedAt + keepMs + 3 * stepMs, 'PEXPIREAT');
    await this.#stage('points', [stream], args);
  }

  /** A counter as the step keeps it, with the buckets that are open. */
  #keptOf({ name, added, removed }: ExportedCounter): string {
    const open = BUCKETS.map(({ stepMs }) => this.#open.get(`${name} ${stepMs}`));
    const buckets = open.map((one) => {
      const { at } = one?.mark ?? { at: 0 };
      const from = one?.from ?? { added, removed };
      return `${at} ${from.added} ${from.removed}`;
    });
    return [added - removed, added, removed, ...(open.some(Boolean) ? buckets : [])].join(' ');
  }

  #definitions(): Record<string, string> {
    const definitions = this.dashboard.counters.map(({ name, title, unit }, index) => {
      return [`d:${name}`, `${index + 1} ${JSON.stringify({ title, unit })}`] as const;
    });
    return Object.fromEntries(definitions);
  }

  #count(
    key: string,
    more: number,
    lengthBy: Staged['lengthBy'],
    expiry: number,
    expireBy: Staged['expireBy'] = 'PEXPIRE',
  ): void {
    const staged = this.#staged.get(key) ?? { length: 0, lengthBy, expireBy, expiry };
    this.#staged.set(key, { ...staged, length: staged.length + more, expiry });
  }

  async #stage(kind: 'ledger' | 'points' | 'keys' | 'fields', where: readonly string[], args: readonly string[]) {
    this.#batch += 1;
    const staged = [this.#name, ...where].map((key) => this.#stageOf(key));
    const head = [this.run, this.#batch, LEFTOVERS_MS, kind];
    this.#assertOk(await this.visit.ask((client) => client.eval(STAGE, staged.length, ...staged, ...head, ...args)));
  }

  #assertOk(answer: unknown): void {
    const { name } = this.dashboard;
    if (answer === 'ok') return;
    if (answer === 'other') throw new Error(`another import of ${name} has begun: let that one end`);
    throw new Error(`Redis does not have all that was brought of ${name}: give it room, and import the same again`);
  }

  /** Names of the counters of a dashboard, which may be a staged one. */
  async #countersIn(key: string): Promise<string[]> {
    const fields = await this.visit.ask((client) => client.hkeys(key));
    return fields.filter((field) => field.startsWith('d:')).map((field) => field.slice(2));
  }

  async #clear(): Promise<void> {
    const { name } = this.dashboard;
    const counters = await this.#countersIn(this.#stageOf(this.#name));
    const all = this.visit.keys.all(name, counters).map((key) => this.#stageOf(key));
    for (let from = 0; from < all.length; from += KEYS_AT_ONCE) {
      await this.visit.ask((client) => client.unlink(...all.slice(from, from + KEYS_AT_ONCE)));
    }
  }

  get #name(): string {
    return this.visit.keys.dashboard(this.dashboard.name);
  }

  #stageOf(key: string): string {
    return this.visit.keys.staged(this.dashboard.name, key);
  }
}

function standingText({ epoch, revision, at }: DashboardVersion): string {
  return `${epoch} ${revision} ${at}`;
}
