/**
 * Checks of the database file that every start can afford. Their cost grows with the definitions, never with ledger
 * and history; a small file is checked as a whole.
 */
import type Database from 'libsql';
import { BUCKETS } from '../store.js';
import {
  COUNTER_COLUMNS,
  type CounterRow,
  DASHBOARD_COLUMNS,
  type DashboardRow,
  parseCounterRow,
  parseDashboardRow,
} from './row-types.js';
import { decodeLossily, integerColumn, isDamage, type StoredText, textColumn } from './text-decoder.js';

/**
 * Files up to this size are checked as a whole, bytes: with a cold cache 154 MB take 5 s, and so 8 MiB a quarter of a
 * second.
 */
const MAX_WHOLE_CHECK_BYTES = 8 * 2 ** 20;
const HOUR_MS = BUCKETS[2].stepMs;

/**
 * Checks structure and indexes of the tables of dashboards and counters, or of all tables if the file is small.
 * @returns the findings of SQLite, undefined if there are none
 */
export function findDamagedStructure(database: Database.Database, fileBytes: number): string | undefined {
  const parts = fileBytes <= MAX_WHOLE_CHECK_BYTES ? ['5'] : ["'dashboards'", "'counters'"];
  for (const part of parts) {
    const findings = listStructureFindings(database, part);
    if (findings.length > 0) return findings.join('; ');
  }
  return undefined;
}

/**
 * Runs SQLite's own check.
 * @param argument a table as an SQL string, or the largest number of findings
 */
export function listStructureFindings(database: Database.Database, argument = '100'): readonly string[] {
  const sql = `SELECT ${textColumn('integrity_check')} FROM pragma_integrity_check(${argument})`;
  const rows = database.prepare(sql).all() as { integrity_check: StoredText }[];
  return rows.map((row) => decodeLossily(row.integrity_check)).filter((finding) => finding !== 'ok');
}

/**
 * Checks the rows of all dashboards and counters, and compares them with the newest rows of ledger and history.
 * @returns the first finding, which names table and row; undefined if there is none
 */
export function findDamagedDefinition(database: Database.Database): string | undefined {
  const iterate = (sql: string): Iterable<unknown> => database.prepare(sql).iterate();
  try {
    for (const row of iterate(`SELECT ${DASHBOARD_COLUMNS} FROM dashboards WHERE name >= 'a'`))
      parseDashboardRow(row as DashboardRow);
    for (const row of iterate(`SELECT ${COUNTER_COLUMNS} FROM counters WHERE name >= 'a'`))
      parseCounterRow(row as CounterRow);
  } catch (error) {
    if (isDamage(error)) return error.message;
    throw error;
  }
  for (const [sql, describe] of CONTRADICTIONS) {
    const row = database.prepare(`${sql} LIMIT 1`).get() as Contradiction | undefined;
    if (row) return describe(row);
  }
  return undefined;
}

interface Contradiction {
  readonly id: number;
  readonly stored: number | null;
  readonly expected: number | null;
}

/** Queries of rows that contradict others, and what they mean. Names below 'a' are of removed and incomplete rows. */
const CONTRADICTIONS: readonly (readonly [sql: string, describe: (row: Contradiction) => string])[] = [
  [
    `SELECT id FROM dashboards WHERE name < 'a' AND name <> '/gone/' || id AND name NOT GLOB '/import/[a-z]*'`,
    ({ id }) => `row ${id} of dashboards is damaged: name is invalid`,
  ],
  [
    `SELECT id FROM counters WHERE name < 'a' AND name <> '/gone/' || id`,
    ({ id }) => `row ${id} of counters is damaged: name is invalid`,
  ],
  [
    `SELECT id, revision AS stored, last AS expected FROM
     (SELECT id, revision, (SELECT ${integerColumn('ledger.revision', 'last')} FROM ledger
       WHERE dashboard = dashboards.id ORDER BY ledger.revision DESC LIMIT 1) AS last
      FROM dashboards WHERE name >= 'a')
     WHERE last <> revision`,
    ({ id, stored, expected }) =>
      `row ${id} of dashboards contradicts the ledger: revision is ${stored}, the last entry is ${expected}`,
  ],
  // Counters have points, gauges levels.
  ...[
    ['points', 'added - removed', 'value IS NULL', 'the last point'],
    ['levels', 'value', 'value IS NOT NULL', 'the last level'],
  ].map(
    ([table, value, condition, last]) =>
      [
        `SELECT id, present AS stored, last AS expected FROM
         (SELECT id, ${value} AS present, (SELECT ${integerColumn(`${table}.value`, 'last')} FROM ${table}
           WHERE counter = counters.id AND step = ${HOUR_MS} ORDER BY ${table}.at DESC LIMIT 1) AS last
          FROM counters WHERE name >= 'a' AND ${condition})
         WHERE last <> present`,
        ({ id, stored, expected }: Contradiction) =>
          `row ${id} of counters contradicts its history: the value is ${stored}, ${last} is ${expected}`,
      ] as const,
  ),
];
