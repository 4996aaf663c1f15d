/** Checks ledger entries: by themselves, against the entry before, and against the row of their dashboard. */
import { type BookedChange, MAX_AMOUNT, MAX_VALUE } from '../../counters/counters.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import type { Database, Statement } from './database.js';
import { DashboardVersions, type DashboardVersion } from './dashboard-versions.js';
import type { CheckRange, RowKey, TableCheck } from './table-check.js';
import { LEDGER_COLUMNS, type LedgerRow, parseLedgerRow } from './row-types.js';
import { collectDamage, decodeLossily } from './text-decoder.js';

type OwnedLedgerRow = LedgerRow & { readonly dashboard: number };

export class LedgerCheck implements TableCheck {
  readonly #select: Statement;
  readonly #versions: DashboardVersions;

  constructor(database: Database.Database) {
    this.#versions = new DashboardVersions(database);
    // A damaged time is no integer, or a time that the dashboard has not reached.
    this.#select = database.prepare(
      `SELECT ledger.dashboard, ${LEDGER_COLUMNS} FROM ledger
       WHERE (dashboard, revision) >= (?, ?) AND (typeof(ledger.at) <> 'integer' OR ledger.at <= ?
         OR ledger.at > (SELECT at FROM dashboards WHERE id = ledger.dashboard))
       ORDER BY ledger.dashboard, ledger.revision LIMIT ?`,
    );
  }

  run({ after, until }: CheckRange, limit: number, report: (finding: string) => void): RowKey | undefined {
    const rows = this.#select.all(...after, until, limit) as OwnedLedgerRow[];
    const versions = this.#versions.read(rows);
    let previous: OwnedLedgerRow | undefined;
    for (const row of rows) {
      const version = versions.get(row.dashboard);
      if (version) checkEntry(version, row, previous?.dashboard === row.dashboard ? previous : undefined, report);
      previous = row;
    }
    const isLast = rows.length < limit;
    return isLast || !previous || previous.revision === null ? undefined : [previous.dashboard, previous.revision];
  }
}

/** Revisions of a dashboard follow each other, and times never go back; only the oldest entries expire. */
function checkEntry(
  { name, revision: lastRevision, at: lastAt }: DashboardVersion,
  row: LedgerRow,
  previous: LedgerRow | undefined,
  report: (finding: string) => void,
): void {
  if (previous && row.revision !== (previous.revision ?? 0) + 1)
    report(`the ledger of dashboard ${name} is damaged: ${row.revision} follows ${previous.revision}`);
  const entry = collectDamage(report, () => parseLedgerRow(name, row));
  if (!entry) return;
  const { revision, at, undoes } = entry;
  const describe = `revision ${revision} in the ledger of dashboard ${name}`;
  const fault = findChangesFault(entry, decodeLossily(row.changes));
  if (fault !== undefined) report(`${describe} is damaged: ${fault}`);
  if (at < 0) report(`${describe} is damaged: at is ${at}`);
  if (undoes !== undefined && (undoes < 1 || undoes >= revision))
    report(`${describe} is damaged: it undoes revision ${undoes}`);
  if (previous && typeof previous.at === 'number' && at < previous.at)
    report(
      `the time of revision ${previous.revision} or ${revision} in the ledger of dashboard ${name} is damaged: ` +
        'time goes back there',
    );
  if (at > lastAt || (revision === lastRevision && at !== lastAt))
    report(`${describe} contradicts the row of the dashboard: at is ${at}, the last change was at ${lastAt}`);
}

/** Stricter than what a page of the ledger needs. */
function findChangesFault({ changes }: LedgerEntry, text: string): string | undefined {
  const change = changes.find((candidate) => !isPossible(candidate));
  if (change) return `${JSON.stringify(change)} is no change`;
  return JSON.stringify(changes) === text ? undefined : 'changes are spelled differently';
}

/** `moved` may be text, which a double would round. */
function isPossible(change: BookedChange): boolean {
  return 'by' in change
    ? change.by !== 0 && Math.abs(change.by) <= MAX_AMOUNT
    : isValue(BigInt(change.to) - BigInt(change.moved ?? 0));
}

function isValue(value: bigint): boolean {
  return value >= -BigInt(MAX_VALUE) && value <= BigInt(MAX_VALUE);
}
