/**
 * Reads ledger, idempotency keys and history in bounded steps, and checks each row by itself and against the rows that
 * say the same. Each step is a short read transaction, so that the steps can run beside a service.
 */
import { errorMessage } from '../../counters/errors.js';
import { type Database, inReadTransaction } from './database.js';
import { KeyCheck } from './key-check.js';
import { LedgerCheck } from './ledger-check.js';
import { LevelCheck } from './level-check.js';
import { PointCheck } from './point-check.js';
import type { CheckRange, RowKey, TableCheck } from './table-check.js';

/** Rows that one step reads at most: about 10 ms. */
const ROWS_PER_STEP = 500;
const TABLES = ['ledger', 'keys', 'points', 'levels'] as const;

/** The last row that was checked. Plain data: it crosses threads. */
export interface CheckCursor extends CheckRange {
  readonly table: (typeof TABLES)[number];
}

export interface CheckStep {
  /** Undefined after the last step. */
  readonly next: CheckCursor | undefined;
  readonly findings: readonly string[];
}

/** Primary keys that sort before all others. */
const FIRST_KEYS: Readonly<Record<CheckCursor['table'], RowKey>> = {
  ledger: [0, 0],
  keys: [0, new ArrayBuffer(0), new ArrayBuffer(0)],
  points: [0, 0, 0],
  levels: [0, 0, 0],
};

/** Returns the cursor of a check of all rows. @param until see {@link CheckRange}. Default: all are checked */
export function startCheck(until = Number.MAX_SAFE_INTEGER): CheckCursor {
  return { table: 'ledger', after: FIRST_KEYS.ledger, until };
}

export class RowCheck {
  readonly #checks: Readonly<Record<CheckCursor['table'], TableCheck>>;

  constructor(private readonly database: Database.Database) {
    this.#checks = {
      ledger: new LedgerCheck(database),
      keys: new KeyCheck(database),
      points: new PointCheck(database),
      levels: new LevelCheck(database),
    };
  }

  /** Checks the rows from the cursor on. */
  runStep({ table, after, until }: CheckCursor): CheckStep {
    const findings: string[] = [];
    const report = (finding: string): void => void findings.push(finding);
    const nextTable = startNextTable(table, until);
    try {
      const last = inReadTransaction(this.database, () =>
        this.#checks[table].run({ after, until }, ROWS_PER_STEP, report),
      );
      return { next: last ? { table, after: last, until } : nextTable, findings };
    } catch (error) {
      // SQLite cannot go on behind a damaged page, so the rest of the table stays unchecked.
      findings.push(`table ${table} is damaged: ${errorMessage(error)}`);
      return { next: nextTable, findings };
    }
  }
}

function startNextTable(table: CheckCursor['table'], until: number): CheckCursor | undefined {
  const next = TABLES[TABLES.indexOf(table) + 1];
  return next && { table: next, after: FIRST_KEYS[next], until };
}
