/** Looks up ledger entries and their undos while a group is decided: those in the file, and those of the group. */
import type { AppliedChangeSet } from '../../counters/counters.js';
import type { UndoTarget } from '../../counters/undo.js';
import type { Database, Statement } from './database.js';
import { LEDGER_COLUMNS, type LedgerRow, parseLedgerRow } from './row-types.js';

export class UndoLookup {
  readonly #selectEntry: Statement;
  readonly #selectUndo: Statement;
  /** Entries of the group that are not written yet, and the revisions that undo others, by place. */
  readonly #entries = new Map<string, UndoTarget>();
  readonly #undos = new Map<string, number>();
  #isRecording = false;

  constructor(database: Database.Database) {
    this.#selectEntry = database.prepare(`SELECT ${LEDGER_COLUMNS} FROM ledger WHERE dashboard = ? AND revision = ?`);
    this.#selectUndo = database.prepare('SELECT min(revision) AS undo FROM ledger WHERE dashboard = ? AND undoes = ?');
  }

  /** Forgets the group before. @param hasUndo true if a change set of the next group undoes something */
  begin(hasUndo: boolean): void {
    this.#entries.clear();
    this.#undos.clear();
    this.#isRecording = hasUndo;
  }

  /** Records an entry of the group. Costs nothing in groups without an undo. */
  record(dashboardId: number, { revision, booked }: AppliedChangeSet, undoes: number | undefined): void {
    if (!this.#isRecording) return;
    this.#entries.set(toPlace(dashboardId, revision), { revision, changes: booked });
    if (undoes !== undefined) this.#undos.set(toPlace(dashboardId, undoes), revision);
  }

  /** @throws TallyError `data-damaged` */
  findEntry(dashboardId: number, dashboard: string, revision: number): UndoTarget | undefined {
    const entry = this.#entries.get(toPlace(dashboardId, revision));
    if (entry) return entry;
    const row = this.#selectEntry.get(dashboardId, revision) as LedgerRow | undefined;
    return row && parseLedgerRow(dashboard, row);
  }

  /** Finds the revision that undid another one. */
  findUndo(dashboardId: number, undone: number): number | undefined {
    const undo = this.#undos.get(toPlace(dashboardId, undone));
    if (undo !== undefined) return undo;
    const row = this.#selectUndo.get(dashboardId, undone) as { undo: number | null };
    return row.undo ?? undefined;
  }
}

function toPlace(dashboardId: number, revision: number): string {
  return `${dashboardId} ${revision}`;
}
