/** Decides and writes groups of change sets: one transaction of a few set-based statements, however many there are. */
import { randomUUID } from 'node:crypto';
import {
  type Applied,
  type Change,
  type ChangeSet,
  type Counter,
  type Snapshot,
  snapshotOf,
} from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import {
  bucketOf,
  decide,
  declare,
  type LivingDashboard,
  type Remembered,
  type Reply,
  unknownDashboard,
} from './decide.js';
import type { Database } from './sqlite.database.js';
import {
  type KeyRow,
  type LedgerRow,
  loadRows,
  type PointRow,
  prepare,
  type Row,
  type Statements,
} from './sqlite.statements.js';
import {
  BUCKETS,
  type DashboardDefinition,
  type LedgerEntry,
  type Point,
  type Retention,
  type StepMs,
} from './store.js';

/** What a group comes to, row by row as JSON text, until it is written. */
interface Stage {
  readonly dashboards: Map<number, LivingDashboard>;
  /** By counter id: the counter before the group and after it, and when. */
  readonly counters: Map<number, { readonly before: Counter; after: Counter; at: number }>;
  readonly ledger: string[];
  readonly keys: string[];
  /** By dashboard id and key: what is kept under the keys of the group, and what the group itself will keep. */
  readonly recalled: Map<string, Remembered>;
}

export class SqliteWriter {
  readonly #statements: Statements;
  /** Absent after a failed write, until they can be read again. */
  #loaded: Map<string, Row> | undefined;
  #stage = emptyStage(new Map());
  readonly #book = {
    dashboard: (name: string) => this.#rows.get(name)?.dashboard,
    recall: (name: string, key: string) => this.#stage.recalled.get(`${this.#row(name).id} ${key}`),
  };

  constructor(
    private readonly database: Database.Database,
    private readonly retention: Retention,
    private readonly now: () => number = Date.now,
  ) {
    this.#statements = prepare(database);
    this.#loaded = loadRows(this.#statements);
  }

  /**
   * Decides the change sets in order and makes the result durable.
   * @returns a reply for each, in order.
   * @throws the driver's error when it could not be made durable; then none of them was applied.
   */
  apply(changeSets: readonly ChangeSet[]): Reply[] {
    return this.#orReload(() => {
      const nowMs = this.now();
      const recalled = this.#recall(changeSets, nowMs);
      this.#stage = emptyStage(recalled);
      const replies = changeSets.map((changeSet) => this.#decide(changeSet, nowMs));
      if (this.#stage.ledger.length > 0 || this.#stage.keys.length > 0) this.#inTransaction(() => this.#write());
      return replies;
    });
  }

  define(name: string, definition: DashboardDefinition): { created: boolean; dashboard: LivingDashboard } {
    const earlier = this.#rows.get(name);
    const dashboard = declare(name, definition, earlier?.dashboard, { epoch: randomUUID(), at: this.now() });
    return this.#orReload(() => {
      this.#inTransaction(() => {
        const { epoch, revision, at, title } = dashboard;
        this.#statements.defineDashboard.run(name, title ?? null, epoch, revision, at);
        const { id } = this.#statements.dashboardId.get(name) as { id: number };
        for (const [counter, { title: counterTitle, unit }] of dashboard.counters) {
          this.#statements.defineCounter.run(id, counter, counterTitle ?? null, unit ?? null);
        }
      });
      this.#loaded = loadRows(this.#statements);
      return { created: !earlier, dashboard };
    });
  }

  snapshot(name: string): Snapshot {
    return snapshotOf(this.#row(name).dashboard);
  }

  dashboards(): LivingDashboard[] {
    return [...this.#rows.values()].map(({ dashboard }) => dashboard);
  }

  ledger(name: string, after: number, limit: number): LedgerEntry[] {
    const rows = this.#statements.ledger.all(this.#row(name).id, after, limit) as LedgerRow[];
    return rows.map(({ revision, at, changes, key, reason, who }) => ({
      revision,
      at,
      changes: JSON.parse(changes) as Change[],
      ...(key !== null && { key }),
      ...(reason !== null && { reason }),
      ...(who !== null && { who }),
    }));
  }

  points(name: string, counter: string, stepMs: StepMs, from: number, to: number): Point[] {
    const id = this.#row(name).counterIds.get(counter);
    if (id === undefined) throw new TallyError('unknown-counter', `${name} has no counter named ${counter}`);
    const rows = this.#statements.points.all(id, stepMs, from, to) as PointRow[];
    return rows.map(({ at, value, added, removed }) => ({
      at,
      value,
      added: BigInt(added),
      removed: BigInt(removed),
    }));
  }

  get #rows(): Map<string, Row> {
    return (this.#loaded ??= loadRows(this.#statements));
  }

  #row(name: string): Row {
    const row = this.#rows.get(name);
    if (!row) throw new TallyError('unknown-dashboard', unknownDashboard(name).detail);
    return row;
  }

  #decide(changeSet: ChangeSet, nowMs: number): Reply {
    const { reply, applied, remember } = decide(this.#book, changeSet, nowMs);
    if (!applied && !remember) return reply;
    const { id, dashboard, counterIds } = this.#row(changeSet.dashboard);
    if (applied) this.#stageApplied(id, counterIds, changeSet, applied, dashboard);
    if (remember && changeSet.key !== undefined) {
      this.#stage.recalled.set(`${id} ${changeSet.key}`, remember);
      this.#stage.keys.push(JSON.stringify([id, changeSet.key, remember.at, remember.fingerprint, remember.reply]));
    }
    return reply;
  }

  #stageApplied(
    id: number,
    counterIds: Map<string, number>,
    { changes, key, reason, who }: ChangeSet,
    { counters, previous, revision, at }: Applied,
    dashboard: LivingDashboard,
  ): void {
    this.#stage.dashboards.set(id, dashboard);
    for (const [name, after] of counters) {
      const counterId = counterIds.get(name);
      if (counterId === undefined) throw new Error(`counter ${name} has no row`);
      const staged = this.#stage.counters.get(counterId);
      if (staged) Object.assign(staged, { after, at });
      else this.#stage.counters.set(counterId, { before: previous.get(name) ?? after, after, at });
    }
    this.#stage.ledger.push(JSON.stringify([id, revision, at, changes, key, reason, who]));
  }

  #write(): void {
    const { dashboards, counters, ledger, keys } = this.#stage;
    const states = [...dashboards].map(([id, { revision, at }]) => `[${id},${revision},${at}]`);
    const totals: string[] = [];
    const points: string[] = [];
    for (const [id, { before, after, at }] of counters) {
      totals.push(`[${id},${after.added},${after.removed}]`);
      const [added, removed] = [after.added - before.added, after.removed - before.removed];
      for (const { stepMs } of BUCKETS) {
        points.push(`[${id},${stepMs},${bucketOf(at, stepMs)},${after.value},${added},${removed}]`);
      }
    }
    if (ledger.length > 0) {
      this.#statements.moveDashboards.run(arrayOf(states));
      this.#statements.moveCounters.run(arrayOf(totals));
      this.#statements.addPoints.run(arrayOf(points));
      this.#statements.addLedger.run(arrayOf(ledger));
    }
    if (keys.length > 0) this.#statements.addKeys.run(arrayOf(keys));
  }

  /** All that is kept under the keys of a group, by one statement. Mostly nothing: keys are new until they are retried. */
  #recall(changeSets: readonly ChangeSet[], nowMs: number): Map<string, Remembered> {
    const wanted: string[] = [];
    for (const { dashboard, key } of changeSets) {
      const row = key === undefined ? undefined : this.#rows.get(dashboard);
      if (row) wanted.push(JSON.stringify([row.id, key]));
    }
    const recalled = new Map<string, Remembered>();
    if (wanted.length === 0) return recalled;
    for (const { dashboard, key, at, fingerprint, reply } of this.#statements.keys.all(arrayOf(wanted)) as KeyRow[]) {
      if (at <= nowMs - this.retention.keyMs) continue;
      recalled.set(`${dashboard} ${key}`, { fingerprint, at, reply: JSON.parse(reply) as Reply });
    }
    return recalled;
  }

  #inTransaction(work: () => void): void {
    this.#statements.begin.run();
    work();
    this.#statements.commit.run();
  }

  /** What is in memory ran ahead of the file when a write fails: the file is right. */
  #orReload<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#loaded = undefined;
      if (this.database.inTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
  }
}

function emptyStage(recalled: Map<string, Remembered>): Stage {
  return { dashboards: new Map(), counters: new Map(), ledger: [], keys: [], recalled };
}

function arrayOf(rows: readonly string[]): string {
  return `[${rows.join()}]`;
}
