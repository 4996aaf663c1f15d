/** Prepared statements of the writer, each for a whole group, and the state that is loaded at start-up. */
import type { Counter } from '../../counters/counters.js';
import type { MutableDashboard } from '../in-process/decide.js';
import { type CounterRow, type DashboardRow, type KeyRow, TOTALS_COLUMNS, parseTotalsRow } from './row-types.js';
import type { Database, Statement } from './database.js';
import { BulkInsert } from './bulk-insert.js';

/** A dashboard in memory, with the ids of its rows. */
export interface LoadedDashboard {
  readonly id: number;
  readonly dashboard: MutableDashboard;
  readonly counterIds: Map<string, number>;
}

type NamedDashboardRow = DashboardRow & { name: string };
type OwnedCounterRow = CounterRow & { dashboard: number };

export type OwnedKeyRow = KeyRow & { dashboard: number; name: string };

/** Renames a removed row: nobody can refer to it any more, and its name is free again. */
const TOMBSTONE_NAME = `name = '/gone/' || id`;

export function prepareStatements(database: Database.Database) {
  const statement = (sql: string): Statement => database.prepare(sql);
  return {
    updateDashboards: statement(
      `UPDATE dashboards SET revision = moved.value->>1, at = moved.value->>2
       FROM json_each(?) AS moved WHERE dashboards.id = moved.value->>0`,
    ),
    updateCounters: statement(
      `UPDATE counters SET added = moved.value->>1, removed = moved.value->>2
       FROM json_each(?) AS moved WHERE counters.id = moved.value->>0`,
    ),
    insertPoints: statement(
      `INSERT INTO points (counter, step, at, value, added, removed)
       SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET value = excluded.value, added = added + excluded.added, removed = removed + excluded.removed`,
    ),
    insertLedger: new BulkInsert(
      database,
      'INSERT INTO ledger (dashboard, revision, at, changes, key, reason, who)',
      7,
    ),
    insertKeys: new BulkInsert(database, 'INSERT OR REPLACE INTO keys (dashboard, key, at, fingerprint, reply)', 5),
    selectKeys: statement(
      `SELECT keys.dashboard, dashboards.name, keys.key, keys.at, keys.fingerprint, keys.reply FROM json_each(?) AS wanted
       CROSS JOIN keys ON keys.dashboard = wanted.value->>0 AND keys.key = wanted.value->>1
       CROSS JOIN dashboards ON dashboards.id = keys.dashboard`,
    ),
    selectDashboards: statement(
      `SELECT id, name, title, epoch, revision, at FROM dashboards WHERE name >= 'a' ORDER BY id`,
    ),
    selectCounters: statement(
      `SELECT counters.id, dashboard, counters.name, counters.title, unit, ${TOTALS_COLUMNS}
       FROM counters JOIN dashboards ON dashboards.id = dashboard
       WHERE dashboards.name >= 'a' AND counters.name >= 'a' ORDER BY counters.id`,
    ),
    insertDashboard: statement('INSERT INTO dashboards (name, title, epoch, revision, at) VALUES (?, ?, ?, ?, ?)'),
    updateTitle: statement('UPDATE dashboards SET title = ? WHERE id = ?'),
    selectDashboardId: statement('SELECT id FROM dashboards WHERE name = ?'),
    upsertCounters: statement(
      `INSERT INTO counters (dashboard, name, title, unit)
       SELECT ?1, value->>0, value->>1, value->>2 FROM json_each(?2) WHERE true
       ON CONFLICT (dashboard, name) DO UPDATE SET title = excluded.title, unit = excluded.unit`,
    ),
    selectCounterIds: statement(`SELECT name, id FROM counters WHERE dashboard = ? AND name >= 'a'`),
    markDashboardRemoved: statement(`UPDATE dashboards SET ${TOMBSTONE_NAME} WHERE id = ?`),
    markCounterRemoved: statement(`UPDATE counters SET ${TOMBSTONE_NAME} WHERE id = ?`),
  };
}

export type Statements = ReturnType<typeof prepareStatements>;

/** Reads all dashboards of the file, by name. */
export function loadDashboards(statements: Statements): Map<string, LoadedDashboard> {
  const dashboards = new Map<string, LoadedDashboard>();
  const byId = new Map<number, LoadedDashboard>();
  for (const { id, name, title, epoch, revision, at } of statements.selectDashboards.all() as NamedDashboardRow[]) {
    const counters = new Map<string, Counter>();
    const dashboard = { name, ...(title !== null && { title }), epoch, revision, at, counters };
    const loaded = { id, dashboard, counterIds: new Map<string, number>() };
    dashboards.set(name, loaded);
    byId.set(id, loaded);
  }
  for (const counter of statements.selectCounters.all() as OwnedCounterRow[]) {
    const row = byId.get(counter.dashboard);
    if (!row) throw new Error(`counter ${counter.id} belongs to no dashboard`);
    const { added, removed } = parseTotalsRow(counter);
    row.counterIds.set(counter.name, counter.id);
    row.dashboard.counters.set(counter.name, {
      ...(counter.title !== null && { title: counter.title }),
      ...(counter.unit !== null && { unit: counter.unit }),
      value: Number(added - removed),
      added,
      removed,
    });
  }
  return dashboards;
}
