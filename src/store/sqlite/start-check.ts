/** Checks of the database file that every start can afford: their cost grows with the definitions, not with the past. */
import type Database from 'libsql';
import {
  COUNTER_COLUMNS,
  type CounterRow,
  DASHBOARD_COLUMNS,
  type DashboardRow,
  parseCounterRow,
  parseDashboardRow,
} from './row-types.js';
import { isDamage } from './text-decoder.js';

/**
 * Checks the rows of all dashboards and counters.
 * @returns the first finding, which names table and row; undefined if there is none
 */
export function findDamagedDefinition(database: Database.Database): string | undefined {
  try {
    for (const row of database.prepare(`SELECT ${DASHBOARD_COLUMNS} FROM dashboards WHERE name >= 'a'`).iterate())
      parseDashboardRow(row as DashboardRow);
    for (const row of database.prepare(`SELECT ${COUNTER_COLUMNS} FROM counters WHERE name >= 'a'`).iterate())
      parseCounterRow(row as CounterRow);
    return undefined;
  } catch (error) {
    if (isDamage(error)) return error.message;
    throw error;
  }
}
