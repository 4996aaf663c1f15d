/**
 * Writes the past of dashboards: its rows gather under a hidden dashboard, in bounded transactions, and one small
 * transaction makes its counters those of the real one. Hidden dashboards and counters have names as tombstones have,
 * which no reader and no check looks at, so that the next process deletes what an interrupted one has left. The cleaner
 * of this process knows its own by their prefix.
 */
import { randomUUID } from 'node:crypto';
import type { Dashboard } from '../../counters/counters.js';
import { createStoreUnavailableError } from '../in-process/decide.js';
import { assertUnchanged, assertWithoutHistory, type FinishedPast } from '../past-builder.js';
import type { ExportRecord } from '../transfer.port.js';
import { UndoLimitMap } from '../in-process/undo-limits.js';
import { BulkInsert } from './bulk-insert.js';
import { type Database, inTransaction, type Statement } from './database.js';
import { SeriesInsert } from './series-insert.js';
import type { SqliteWriter } from './writer.js';

/** A past that began in the writer thread. */
export interface BegunPast {
  /** Identifies it until the thread ends. */
  readonly id: number;
  readonly dashboard: Dashboard;
}

interface HiddenDashboard {
  readonly begun: Pick<Dashboard, 'name' | 'epoch' | 'version'>;
  readonly counterIds: Map<string, number>;
}

export class PastWriter {
  /** Keyed by the id of the hidden dashboard. */
  readonly #hidden = new Map<number, HiddenDashboard>();
  readonly #insertDashboard: Statement;
  readonly #insertCounter: Statement;
  readonly #series: SeriesInsert;
  readonly #insertLedger: BulkInsert;
  readonly #retireCounters: Statement;
  readonly #adoptCounter: Statement;
  readonly #updateDashboard: Statement;
  readonly #deleteDashboard: Statement;
  readonly #markRemoved: Statement;

  /** @param prefix of the names of hidden dashboards: that of `TombstoneCleaner`, and different in each process */
  constructor(
    private readonly database: Database.Database,
    private readonly writer: SqliteWriter,
    private readonly prefix: string,
  ) {
    this.#insertDashboard = database.prepare(
      'INSERT INTO dashboards (name, epoch, revision, at) VALUES (?, ?, 0, ?) RETURNING id',
    );
    this.#insertCounter = database.prepare(
      'INSERT INTO counters (dashboard, name, definition, value) VALUES (?, ?, ?, ?) RETURNING id',
    );
    this.#series = new SeriesInsert(database);
    this.#insertLedger = new BulkInsert(
      database,
      'INSERT INTO ledger (dashboard, revision, at, changes, reason, who)',
      6,
    );
    this.#retireCounters = database.prepare(
      `UPDATE counters SET name = '/gone/' || id WHERE dashboard = ? AND name >= 'a'`,
    );
    this.#adoptCounter = database.prepare(
      `UPDATE counters SET dashboard = ?, name = ?, value = ?, added = ?, removed = ?, start_revision = ?
       WHERE id = ?`,
    );
    this.#updateDashboard = database.prepare(
      'UPDATE dashboards SET epoch = ?, revision = ?, at = ?, day_start = ?, day_end = ? WHERE id = ?',
    );
    this.#deleteDashboard = database.prepare('DELETE FROM dashboards WHERE id = ?');
    this.#markRemoved = database.prepare(`UPDATE dashboards SET name = '/gone/' || id WHERE id = ?`);
  }

  /** @throws TallyError `unknown-dashboard`, `has-history` */
  begin(name: string): BegunPast {
    const { dashboard } = this.writer.getLoaded(name);
    assertWithoutHistory(dashboard);
    const { epoch, version, at } = dashboard;
    const counterIds = new Map<string, number>();
    let id = 0;
    inTransaction(this.database, () => {
      id = readId(this.#insertDashboard.get(`${this.prefix}${randomUUID()}`, epoch, at));
      for (const [counter, { definition }] of dashboard.counters) {
        const level = definition.kind === 'gauge' ? 0 : null;
        counterIds.set(counter, readId(this.#insertCounter.get(id, counter, JSON.stringify(definition), level)));
      }
      // The checks of the file leave tombstones out, whose rows contradict their totals.
      this.#retireCounters.run(id);
    });
    this.#hidden.set(id, { begun: { name, epoch, version }, counterIds });
    return { id, dashboard };
  }

  /** Adds rows in a transaction of its own. */
  add(id: number, records: readonly ExportRecord[]): void {
    const { counterIds } = this.#getHidden(id);
    inTransaction(this.database, () => this.#series.run(records, counterIds));
  }

  /** @throws TallyError as {@link assertUnchanged}, `unknown-dashboard` */
  complete(id: number, { dashboard, entry }: FinishedPast): void {
    const { begun, counterIds } = this.#getHidden(id);
    const loaded = this.writer.getLoaded(begun.name);
    assertUnchanged(begun, loaded.dashboard);
    const { epoch, revision, at, day } = dashboard;
    const undoLimits = new UndoLimitMap();
    undoLimits.begin(counterIds.keys(), revision);
    this.writer.replaceLoaded(begun.name, { id: loaded.id, dashboard, counterIds, undoLimits }, () => {
      this.#retireCounters.run(loaded.id);
      for (const [counter, { definition, value, added, removed }] of dashboard.counters) {
        const level = definition.kind === 'gauge' ? value : null;
        const totals = [String(added), String(removed)];
        this.#adoptCounter.run(loaded.id, counter, level, ...totals, revision, counterIds.get(counter));
      }
      const changes = JSON.stringify(entry.changes);
      this.#insertLedger.run([loaded.id, revision, at, changes, entry.reason, entry.who ?? null]);
      this.#updateDashboard.run(epoch, revision, at, day.start, day.end, loaded.id);
      this.#deleteDashboard.run(id);
    });
    this.#hidden.delete(id);
  }

  /** Leaves a tombstone. Does nothing if the past is complete, or if it began before this thread. */
  abort(id: number): void {
    if (!this.#hidden.delete(id)) return;
    inTransaction(this.database, () => this.#markRemoved.run(id));
  }

  #getHidden(id: number): HiddenDashboard {
    const hidden = this.#hidden.get(id);
    if (!hidden)
      throw createStoreUnavailableError('the store was reopened while the past arrived: nothing was counted');
    return hidden;
  }
}

function readId(row: unknown): number {
  return (row as { id: number }).id;
}
