/** Decides and writes groups of change sets: one transaction of a few set-based statements, however many there are. */
import { randomUUID } from 'node:crypto';
import {
  advance,
  type Applied,
  type ChangeSet,
  type Counter,
  type FreshOutcome,
  outcomeOf,
} from '../../counters/counters.js';
import {
  bucketOf,
  decide,
  errorOf,
  type LivingDashboard,
  type Remembered,
  type Reply,
  unknownDashboard,
} from '../in-process/decide.js';
import { type Booking, bookRemoval, declare } from '../in-process/define.js';
import type { Database } from './database.js';
import { keptReply, keptText } from './reply-codec.js';
import { type OwnedKeyRow, loadRows, prepare, type Row, type Statements } from './statements.js';
import { BUCKETS, type DashboardDefinition, type Defined, type Limits, type Retention } from '../store.js';

/** What a group comes to, until it is written. */
interface Stage {
  readonly dashboards: Map<number, LivingDashboard>;
  /** By counter id: the counter before the group and after it, and when. */
  readonly counters: Map<number, { readonly before: Counter; after: Counter; at: number }>;
  /** The values of rows, one row after the other. */
  readonly ledger: unknown[];
  readonly keys: unknown[];
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
    private readonly limits: Limits,
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

  /** As the port says. Touches what the definition names, however much else there is. */
  define(name: string, definition: DashboardDefinition, who?: string): Defined {
    const earlier = this.#rows.get(name);
    const { dashboard, booking } = declare(name, definition, {
      earlier: earlier?.dashboard,
      dashboards: this.#rows.size,
      limits: this.limits,
      epoch: randomUUID(),
      nowMs: this.now(),
      who,
    });
    return this.#orReload(() => {
      this.#inTransaction(() => {
        const id = earlier?.id ?? this.#addDashboard(dashboard);
        if (earlier) this.#statements.retitleDashboard.run(dashboard.title ?? null, id);
        const definitions = Object.entries(definition.counters).map(([counter, { title, unit }]) =>
          JSON.stringify([counter, title, unit]),
        );
        this.#statements.defineCounters.run(id, arrayOf(definitions));
        const ids = this.#statements.counterIds.all(id) as { name: string; id: number }[];
        const row: Row = { id, dashboard, counterIds: new Map(ids.map((counter) => [counter.name, counter.id])) };
        if (booking) this.#writeBooking(row, booking);
        this.#rows.set(name, row);
      });
      return { created: !earlier, dashboard, ...(booking && { outcome: outcomeOf(name, booking.applied) }) };
    });
  }

  /** As the port says. What belongs to the name is cleared away later, bit by bit: sqlite.expiry.ts. */
  remove(name: string, counter?: string, who?: string): FreshOutcome | undefined {
    const row = this.#row(name);
    const { id, dashboard, counterIds } = row;
    if (counter === undefined) {
      this.#orReload(() => this.#inTransaction(() => this.#statements.removeDashboard.run(id)));
      this.#rows.delete(name);
      return undefined;
    }
    const booking = bookRemoval(dashboard, counter, who, this.now());
    this.#orReload(() => {
      advance(dashboard, booking.applied);
      this.#inTransaction(() => {
        this.#writeBooking(row, booking);
        this.#statements.removeCounter.run(counterIds.get(counter));
      });
    });
    dashboard.counters.delete(counter);
    counterIds.delete(counter);
    return outcomeOf(name, booking.applied);
  }

  read(name: string): LivingDashboard {
    return this.#row(name).dashboard;
  }

  dashboards(): LivingDashboard[] {
    return [...this.#rows.values()].map(({ dashboard }) => dashboard);
  }

  get #rows(): Map<string, Row> {
    return (this.#loaded ??= loadRows(this.#statements));
  }

  #row(name: string): Row {
    const row = this.#rows.get(name);
    if (!row) throw errorOf(unknownDashboard(name));
    return row;
  }

  #addDashboard({ name, title, epoch, revision, at }: LivingDashboard): number {
    this.#statements.addDashboard.run(name, title ?? null, epoch, revision, at);
    return (this.#statements.dashboardId.get(name) as { id: number }).id;
  }

  #writeBooking({ id, counterIds, dashboard }: Row, { changeSet, applied }: Booking): void {
    this.#stage = emptyStage(new Map());
    this.#stageApplied(id, counterIds, changeSet, applied, dashboard);
    this.#write();
  }

  #decide(changeSet: ChangeSet, nowMs: number): Reply {
    const { reply, applied, remember } = decide(this.#book, changeSet, nowMs);
    if (!applied && !remember) return reply;
    const { id, dashboard, counterIds } = this.#row(changeSet.dashboard);
    if (applied) this.#stageApplied(id, counterIds, changeSet, applied, dashboard);
    if (remember && changeSet.key !== undefined) {
      this.#stage.recalled.set(`${id} ${changeSet.key}`, remember);
      this.#stage.keys.push(id, changeSet.key, remember.at, remember.fingerprint, keptText(remember.reply));
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
    this.#stage.ledger.push(id, revision, at, JSON.stringify(changes), key ?? null, reason ?? null, who ?? null);
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
      this.#statements.addLedger.run(ledger);
    }
    if (keys.length > 0) this.#statements.addKeys.run(keys);
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
    for (const row of this.#statements.keys.all(arrayOf(wanted)) as OwnedKeyRow[]) {
      const { dashboard, name, key, at, fingerprint, reply } = row;
      if (at > nowMs - this.retention.keyMs)
        recalled.set(`${dashboard} ${key}`, { fingerprint, at, reply: keptReply(name, reply) });
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
