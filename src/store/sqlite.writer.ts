/** Decides and writes groups of change sets: one transaction of a few set-based statements, however many there are. */
import { randomUUID } from 'node:crypto';
import type { Applied, Change, ChangeSet, Counter, Snapshot } from '../counters/counters.js';
import { snapshotOf } from '../counters/counters.js';
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
import type { Database, Statement } from './sqlite.database.js';
import {
  BUCKETS,
  type DashboardDefinition,
  type LedgerEntry,
  type Point,
  type Retention,
  type StepMs,
} from './store.js';

/** A living dashboard and where it stands in the file. */
interface Row {
  readonly id: number;
  readonly dashboard: LivingDashboard;
  readonly counterIds: Map<string, number>;
}

/** What a group comes to, row by row as JSON text, until it is written. */
interface Stage {
  readonly dashboards: Map<number, LivingDashboard>;
  /** By counter id: the counter before the group and after it, and when. */
  readonly counters: Map<number, { readonly before: Counter; after: Counter; at: number }>;
  readonly ledger: string[];
  readonly keys: Map<string, { readonly row: string; readonly remembered: Remembered }>;
}

export class SqliteWriter {
  readonly #statements: ReturnType<typeof prepare>;
  /** Absent after a failed write, until they can be read again. */
  #loaded: Map<string, Row> | undefined;
  #stage: Stage = emptyStage();
  readonly #book = {
    dashboard: (name: string) => this.#rows.get(name)?.dashboard,
    recall: (name: string, key: string) => this.#recall(name, key),
  };

  constructor(
    private readonly database: Database.Database,
    private readonly retention: Retention,
    private readonly now: () => number = Date.now,
  ) {
    this.#statements = prepare(database);
    this.#loaded = this.#load();
  }

  /**
   * Decides the change sets in order and makes the result durable.
   * @returns a reply for each, in order.
   * @throws the driver's error when it could not be made durable; then none of them was applied.
   */
  apply(changeSets: readonly ChangeSet[]): Reply[] {
    return this.#orReload(() => {
      const nowMs = this.now();
      this.#stage = emptyStage();
      const replies = changeSets.map((changeSet) => this.#decide(changeSet, nowMs));
      if (this.#stage.ledger.length > 0 || this.#stage.keys.size > 0) this.#inTransaction(() => this.#write());
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
      this.#loaded = this.#load();
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
    const rows = this.#statements.points.all(id, stepMs, from, to) as Record<
      'at' | 'value' | 'added' | 'removed',
      string
    >[];
    return rows.map(({ at, value, added, removed }) => ({
      at: Number(at),
      value: Number(value),
      added: BigInt(added),
      removed: BigInt(removed),
    }));
  }

  get #rows(): Map<string, Row> {
    return (this.#loaded ??= this.#load());
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
      const row = JSON.stringify([id, changeSet.key, remember.at, remember.fingerprint, remember.reply]);
      this.#stage.keys.set(`${id} ${changeSet.key}`, { row, remembered: remember });
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
    if (keys.size > 0) this.#statements.addKeys.run(arrayOf([...keys.values()].map(({ row }) => row)));
  }

  #recall(name: string, key: string): Remembered | undefined {
    const id = this.#row(name).id;
    const staged = this.#stage.keys.get(`${id} ${key}`);
    if (staged) return staged.remembered;
    const found = this.#statements.key.get(id, key) as { at: number; fingerprint: string; reply: string } | undefined;
    if (!found || found.at <= this.now() - this.retention.keyMs) return undefined;
    return { fingerprint: found.fingerprint, at: found.at, reply: JSON.parse(found.reply) as Reply };
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

  #load(): Map<string, Row> {
    const rows = new Map<string, Row>();
    const byId = new Map<number, Row>();
    for (const { id, name, title, epoch, revision, at } of this.#statements.allDashboards.all() as DashboardRow[]) {
      const counters = new Map<string, Counter>();
      const dashboard = { name, ...(title !== null && { title }), epoch, revision, at, counters };
      const row = { id, dashboard, counterIds: new Map<string, number>() };
      rows.set(name, row);
      byId.set(id, row);
    }
    for (const counter of this.#statements.allCounters.all() as CounterRow[]) {
      const row = byId.get(counter.dashboard);
      if (!row) throw new Error(`counter ${counter.id} belongs to no dashboard`);
      const [added, removed] = [BigInt(counter.added), BigInt(counter.removed)];
      row.counterIds.set(counter.name, counter.id);
      row.dashboard.counters.set(counter.name, {
        ...(counter.title !== null && { title: counter.title }),
        ...(counter.unit !== null && { unit: counter.unit }),
        value: Number(added - removed),
        added,
        removed,
      });
    }
    return rows;
  }
}

interface DashboardRow {
  id: number;
  name: string;
  title: string | null;
  epoch: string;
  revision: number;
  at: number;
}

/** Totals are read as text: a double would round them. */
interface CounterRow {
  id: number;
  dashboard: number;
  name: string;
  title: string | null;
  unit: string | null;
  added: string;
  removed: string;
}

interface LedgerRow {
  revision: number;
  at: number;
  changes: string;
  key: string | null;
  reason: string | null;
  who: string | null;
}

function emptyStage(): Stage {
  return { dashboards: new Map(), counters: new Map(), ledger: [], keys: new Map() };
}

function arrayOf(rows: readonly string[]): string {
  return `[${rows.join()}]`;
}

function prepare(database: Database.Database) {
  const statement = (sql: string): Statement => database.prepare(sql);
  return {
    begin: statement('BEGIN IMMEDIATE'),
    commit: statement('COMMIT'),
    moveDashboards: statement(
      `UPDATE dashboards SET revision = moved.value->>1, at = moved.value->>2
       FROM json_each(?) AS moved WHERE dashboards.id = moved.value->>0`,
    ),
    moveCounters: statement(
      `UPDATE counters SET added = moved.value->>1, removed = moved.value->>2
       FROM json_each(?) AS moved WHERE counters.id = moved.value->>0`,
    ),
    addPoints: statement(
      `INSERT INTO points (counter, step, at, value, added, removed)
       SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET value = excluded.value, added = added + excluded.added, removed = removed + excluded.removed`,
    ),
    addLedger: statement(
      `INSERT INTO ledger (dashboard, revision, at, changes, key, reason, who)
       SELECT value->>0, value->>1, value->>2, value->3, value->>4, value->>5, value->>6 FROM json_each(?)`,
    ),
    addKeys: statement(
      `INSERT OR REPLACE INTO keys (dashboard, key, at, fingerprint, reply)
       SELECT value->>0, value->>1, value->>2, value->>3, value->4 FROM json_each(?)`,
    ),
    key: statement('SELECT at, fingerprint, reply FROM keys WHERE dashboard = ? AND key = ?'),
    allDashboards: statement('SELECT id, name, title, epoch, revision, at FROM dashboards ORDER BY id'),
    allCounters: statement(
      `SELECT id, dashboard, name, title, unit, CAST(added AS TEXT) AS added, CAST(removed AS TEXT) AS removed
       FROM counters ORDER BY id`,
    ),
    defineDashboard: statement(
      `INSERT INTO dashboards (name, title, epoch, revision, at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET title = excluded.title`,
    ),
    dashboardId: statement('SELECT id FROM dashboards WHERE name = ?'),
    defineCounter: statement(
      `INSERT INTO counters (dashboard, name, title, unit) VALUES (?, ?, ?, ?)
       ON CONFLICT (dashboard, name) DO UPDATE SET title = excluded.title, unit = excluded.unit`,
    ),
    ledger: statement(
      `SELECT revision, at, changes, key, reason, who FROM ledger
       WHERE dashboard = ? AND revision > ? ORDER BY revision LIMIT ?`,
    ),
    points: statement(
      `SELECT at, value, CAST(added AS TEXT) AS added, CAST(removed AS TEXT) AS removed FROM points
       WHERE counter = ? AND step = ? AND at >= ? AND at < ? ORDER BY at`,
    ),
  };
}
