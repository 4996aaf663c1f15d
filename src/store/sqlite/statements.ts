/** Prepared statements of the writer, each for a whole group, and the state that is loaded at start-up. */
import type { Counter } from '../../counters/counters.js';
import type { MutableDashboard } from '../in-process/decide.js';
import {
  COUNTER_COLUMNS,
  type CounterRow,
  DASHBOARD_COLUMNS,
  type DashboardRow,
  type KeyRow,
  KEY_COLUMNS,
  parseCounterRow,
  parseDashboardRow,
  parseUndoLimits,
} from './row-types.js';
import { UndoLimitMap } from '../in-process/undo-limits.js';
import { decodeText, type StoredText, textColumn } from './text-decoder.js';
import type { Database, Statement } from './database.js';
import { EVERYBODY } from '../owned-key.js';
import { BulkInsert } from './bulk-insert.js';

/** A dashboard in memory, with the ids of its rows. */
export interface LoadedDashboard {
  readonly id: number;
  readonly dashboard: MutableDashboard;
  readonly counterIds: Map<string, number>;
  readonly undoLimits: UndoLimitMap;
}

/** A key with the id and the name of its dashboard. */
export type DashboardKeyRow = KeyRow & { dashboard: number; name: StoredText };

/** Renames a removed row: nobody can refer to it any more, and its name is free again. */
const TOMBSTONE_NAME = `name = '/gone/' || id`;

export function prepareStatements(database: Database.Database) {
  const statement = (sql: string): Statement => database.prepare(sql);
  return {
    updateDashboards: statement(
      `UPDATE dashboards SET revision = moved.value->>1, at = moved.value->>2, day_start = moved.value->>3,
         day_end = moved.value->>4
       FROM json_each(?) AS moved WHERE dashboards.id = moved.value->>0`,
    ),
    updateCounters: statement(
      `UPDATE counters SET added = moved.value->>1, removed = moved.value->>2
       FROM json_each(?) AS moved WHERE counters.id = moved.value->>0`,
    ),
    updateGauges: statement(
      `UPDATE counters SET value = moved.value->>1, set_revision = moved.value->>2
       FROM json_each(?) AS moved WHERE counters.id = moved.value->>0`,
    ),
    insertPoints: statement(
      `INSERT INTO points (counter, step, at, value, added, removed)
       SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET value = excluded.value, added = added + excluded.added, removed = removed + excluded.removed`,
    ),
    insertLevels: statement(
      `INSERT INTO levels (counter, step, at, value, least, most)
       SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET value = excluded.value, least = min(least, excluded.least), most = max(most, excluded.most)`,
    ),
    insertLedger: new BulkInsert(
      database,
      'INSERT INTO ledger (dashboard, revision, at, changes, key, reason, who, undoes)',
      8,
    ),
    insertKeys: new BulkInsert(
      database,
      'INSERT OR REPLACE INTO keys (dashboard, key, owner, at, keep_until, fingerprint, reply)',
      7,
    ),
    selectKeys: statement(
      `SELECT keys.dashboard, ${textColumn('dashboards.name', 'name')}, ${KEY_COLUMNS} FROM json_each(?) AS wanted
       CROSS JOIN keys ON keys.dashboard = wanted.value->>0 AND keys.key = wanted.value->>1
         AND keys.owner IN (wanted.value->>2, '${EVERYBODY}')
       CROSS JOIN dashboards ON dashboards.id = keys.dashboard`,
    ),
    selectDashboards: statement(`SELECT ${DASHBOARD_COLUMNS} FROM dashboards WHERE name >= 'a' ORDER BY id`),
    selectCounters: statement(
      `SELECT ${COUNTER_COLUMNS} FROM counters JOIN dashboards ON dashboards.id = dashboard
       WHERE dashboards.name >= 'a' AND counters.name >= 'a' ORDER BY counters.id`,
    ),
    selectTrust: statement('SELECT time_ms AS timeMs, stood_ms AS stoodMs FROM trusted_time'),
    replaceTrust: statement('INSERT OR REPLACE INTO trusted_time (id, time_ms, stood_ms) VALUES (1, ?, ?)'),
    insertDashboard: statement(
      'INSERT INTO dashboards (name, settings, version, epoch, revision, at) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    updateDefinition: statement(
      'UPDATE dashboards SET settings = ?, version = ?, day_start = ?, day_end = ? WHERE id = ?',
    ),
    selectDashboardId: statement('SELECT id FROM dashboards WHERE name = ?'),
    upsertCounters: statement(
      `INSERT INTO counters (dashboard, name, definition, value, start_revision, set_revision)
       SELECT ?1, value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?2) WHERE true
       ON CONFLICT (dashboard, name) DO UPDATE SET definition = excluded.definition`,
    ),
    selectCounterIds: statement(`SELECT ${textColumn('name')}, id FROM counters WHERE dashboard = ? AND name >= 'a'`),
    markDashboardRemoved: statement(`UPDATE dashboards SET ${TOMBSTONE_NAME} WHERE id = ?`),
    markCounterRemoved: statement(`UPDATE counters SET ${TOMBSTONE_NAME} WHERE id = ?`),
  };
}

export type Statements = ReturnType<typeof prepareStatements>;

/** Reads all dashboards of the file, by name. @throws TallyError `data-damaged` if a row cannot be decoded */
export function loadDashboards(statements: Statements): Map<string, LoadedDashboard> {
  const dashboards = new Map<string, LoadedDashboard>();
  const byId = new Map<number, LoadedDashboard>();
  for (const row of statements.selectDashboards.all() as DashboardRow[]) {
    const dashboard: MutableDashboard = { ...parseDashboardRow(row), counters: new Map<string, Counter>() };
    const loaded = { id: row.id, dashboard, counterIds: new Map<string, number>(), undoLimits: new UndoLimitMap() };
    dashboards.set(dashboard.name, loaded);
    byId.set(row.id, loaded);
  }
  for (const row of statements.selectCounters.all() as CounterRow[]) {
    const owner = row.dashboard === null ? undefined : byId.get(row.dashboard);
    if (!owner) throw new Error(`counter ${row.id} belongs to no dashboard`);
    const { name, ...counter } = parseCounterRow(row);
    owner.counterIds.set(name, row.id);
    owner.dashboard.counters.set(name, counter);
    owner.undoLimits.put(name, parseUndoLimits(row));
  }
  return dashboards;
}

/** Reads the ids of the counters of a dashboard, by name. */
export function readCounterIds(statements: Statements, dashboardId: number): Map<string, number> {
  const rows = statements.selectCounterIds.all(dashboardId) as { name: StoredText; id: number }[];
  return new Map(rows.map(({ name, id }) => [decodeText('name', name), id]));
}
