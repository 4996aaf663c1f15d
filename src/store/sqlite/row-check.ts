/**
 * Reads ledger, idempotency keys and history in bounded steps, and checks each row by itself and against its
 * predecessor. Each step is a short read transaction, so that the steps can run beside a service.
 */
import { errorMessage } from '../../counters/errors.js';
import { type Database, inReadTransaction, type Statement } from './database.js';
import { parseKeyRow } from './reply-codec.js';
import { KEY_COLUMNS, type KeyRow, LEDGER_COLUMNS, type LedgerRow, parseLedgerRow } from './row-types.js';
import { bigIntColumn, decodeLossily, integerColumn, isDamage, type StoredText } from './text-decoder.js';

/** Rows that one step reads at most: about 10 ms. */
const ROWS_PER_STEP = 1_000;
const TABLES = ['ledger', 'keys', 'points'] as const;

/** The last row that was checked. Plain data: it crosses threads. */
export interface CheckCursor {
  readonly table: (typeof TABLES)[number];
  /** Its primary key. */
  readonly after: readonly (number | StoredText)[];
  /** Rows of a later time are left out, milliseconds since the Unix epoch. */
  readonly until: number;
}

export interface CheckStep {
  /** Undefined after the last step. */
  readonly next: CheckCursor | undefined;
  readonly findings: readonly string[];
}

/** Primary keys that sort before all others. */
const FIRST_KEYS: Readonly<Record<CheckCursor['table'], CheckCursor['after']>> = {
  ledger: [0, 0],
  keys: [0, new ArrayBuffer(0), new ArrayBuffer(0)],
  points: [0, 0, 0],
};

/** Returns the cursor of a check of all rows. @param until rows of a later time are left out. Default: none */
export function startCheck(until = Number.MAX_SAFE_INTEGER): CheckCursor {
  return { table: 'ledger', after: FIRST_KEYS.ledger, until };
}

/** The names of removed and incomplete dashboards sort before 'a'; their rows are skipped. */
interface NamedRow {
  readonly dashboard: number;
  readonly dashboardName: StoredText | null;
}
interface PointRow {
  readonly counter: number;
  readonly step: number;
  readonly at: number | null;
  readonly value: string | null;
  readonly added: string | null;
  readonly removed: string | null;
}

export class RowCheck {
  readonly #statements: Readonly<Record<CheckCursor['table'], Statement>>;

  constructor(private readonly database: Database.Database) {
    const named = (table: string): string =>
      `${table}.dashboard, (SELECT CAST(name AS BLOB) FROM dashboards WHERE id = ${table}.dashboard) AS dashboardName`;
    const limit = `LIMIT ${ROWS_PER_STEP}`;
    // A damaged time is no integer.
    const isEarly = (table: string): string => `(typeof(${table}.at) <> 'integer' OR ${table}.at <= ?)`;
    this.#statements = {
      ledger: database.prepare(
        `SELECT ${named('ledger')}, ${LEDGER_COLUMNS} FROM ledger WHERE (dashboard, revision) >= (?, ?) AND ${isEarly('ledger')}
         ORDER BY ledger.dashboard, ledger.revision ${limit}`,
      ),
      keys: database.prepare(
        `SELECT ${named('keys')}, ${KEY_COLUMNS} FROM keys
         WHERE (dashboard, key, owner) >= (?, CAST(? AS TEXT), CAST(? AS TEXT)) AND ${isEarly('keys')}
         ORDER BY keys.dashboard, keys.key, keys.owner ${limit}`,
      ),
      points: database.prepare(
        `SELECT counter, step, ${integerColumn('at')}, ${['value', 'added', 'removed'].map((column) => bigIntColumn(column)).join()}
         FROM points WHERE (counter, step, at) >= (?, ?, ?) AND ${isEarly('points')}
         ORDER BY points.counter, points.step, points.at ${limit}`,
      ),
    };
  }

  /** Checks the rows from the cursor on: its own row once more, to compare the next one with it. */
  runStep({ table, after, until }: CheckCursor): CheckStep {
    const findings: string[] = [];
    const nextTable = startNextTable(table, until);
    try {
      const parameters = after.map((part) => (typeof part === 'number' ? part : Buffer.from(part)));
      const rows = inReadTransaction(this.database, () => this.#statements[table].all([...parameters, until]));
      const key = this.#checkRows(table, rows, findings);
      const isLast = rows.length < ROWS_PER_STEP || !key;
      return { next: isLast ? nextTable : { table, after: key, until }, findings };
    } catch (error) {
      // SQLite cannot go on behind a damaged page, so the rest of the table stays unchecked.
      findings.push(`table ${table} is damaged: ${errorMessage(error)}`);
      return { next: nextTable, findings };
    }
  }

  /** @returns the primary key of the last row, undefined if it cannot be read */
  #checkRows(
    table: CheckCursor['table'],
    rows: readonly unknown[],
    findings: string[],
  ): CheckCursor['after'] | undefined {
    switch (table) {
      case 'ledger':
        return checkLedger(rows as (NamedRow & LedgerRow)[], findings);
      case 'keys':
        return checkKeys(rows as (NamedRow & KeyRow)[], findings);
      case 'points':
        return checkPoints(rows as PointRow[], findings);
    }
  }
}

function startNextTable(table: CheckCursor['table'], until: number): CheckCursor | undefined {
  const next = TABLES[TABLES.indexOf(table) + 1];
  return next && { table: next, after: FIRST_KEYS[next], until };
}

/** Revisions of a dashboard follow each other; only the oldest expire. */
function checkLedger(rows: readonly (NamedRow & LedgerRow)[], findings: string[]) {
  let previous: (NamedRow & LedgerRow) | undefined;
  for (const row of rows) {
    const name = decodeLossily(row.dashboardName);
    if (name >= 'a') {
      collectDamage(findings, () => parseLedgerRow(name, row));
      if (previous?.dashboard === row.dashboard && row.revision !== (previous.revision ?? 0) + 1)
        findings.push(`the ledger of dashboard ${name} is damaged: ${row.revision} follows ${previous.revision}`);
    }
    previous = row;
  }
  return previous && previous.revision !== null ? [previous.dashboard, previous.revision] : undefined;
}

function checkKeys(rows: readonly (NamedRow & KeyRow)[], findings: string[]) {
  for (const row of rows) {
    const name = decodeLossily(row.dashboardName);
    if (name >= 'a') collectDamage(findings, () => parseKeyRow(name, row));
  }
  const last = rows.at(-1);
  return last && last.key !== null && last.owner !== null ? [last.dashboard, last.key, last.owner] : undefined;
}

/** A value differs from the one before it by what was added and removed. */
function checkPoints(rows: readonly PointRow[], findings: string[]) {
  let previous: PointRow | undefined;
  for (const row of rows) {
    const { counter, step, at, value, added, removed } = row;
    const describe = `point ${at} of step ${step} of counter ${counter} is damaged`;
    if (at === null || value === null || added === null || removed === null) {
      findings.push(`${describe}: it has something other than numbers`);
      previous = undefined;
      continue;
    }
    const isSameSeries = previous?.counter === counter && previous.step === step;
    if (at % step !== 0) findings.push(`${describe}: at is no multiple of the step`);
    else if (isSameSeries && BigInt(value) - BigInt(previous?.value ?? 0) !== BigInt(added) - BigInt(removed))
      findings.push(`${describe}: its value contradicts the point before it`);
    previous = row;
  }
  return previous && previous.at !== null ? [previous.counter, previous.step, previous.at] : undefined;
}

function collectDamage(findings: string[], parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    if (!isDamage(error)) throw error;
    findings.push(error.message);
  }
}
