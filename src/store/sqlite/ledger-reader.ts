/** Reads the ledger of a dashboard, in either direction. */
import { LedgerCollector } from '../in-process/ledger-collector.js';
import type { LedgerMatches, LedgerSearch } from '../ledger-search.js';
import type { Database, Statement } from './database.js';
import { LEDGER_COLUMNS, type LedgerRow, parseLedgerRow } from './row-types.js';

/** Rows per query, which takes at most 6 MB. A cursor that is left open would hold up checkpoints. */
const ROWS_PER_QUERY = 100;

export class LedgerReader {
  readonly #selectOldest: Statement;
  readonly #selectNewest: Statement;
  readonly #selectUndos: Statement;

  constructor(database: Database.Database) {
    const prepareSelect = (direction: 'ASC' | 'DESC'): Statement =>
      database.prepare(
        `SELECT ${LEDGER_COLUMNS} FROM ledger WHERE dashboard = ? AND ledger.revision > ? AND ledger.revision < ?
         ORDER BY ledger.revision ${direction} LIMIT ?`,
      );
    this.#selectOldest = prepareSelect('ASC');
    this.#selectNewest = prepareSelect('DESC');
    this.#selectUndos = database.prepare(
      `SELECT undoes, min(revision) AS revision FROM ledger
       WHERE dashboard = ? AND undoes BETWEEN ? AND ? GROUP BY undoes`,
    );
  }

  /** As `searchLedger` of the port. @param id of the dashboard */
  search(id: number, dashboard: string, search: LedgerSearch): LedgerMatches {
    const collector = new LedgerCollector(search);
    const select = search.newestFirst ? this.#selectNewest : this.#selectOldest;
    for (;;) {
      const { after, before } = collector.range;
      const count = Math.min(ROWS_PER_QUERY, collector.needed);
      const rows = select.all(id, after, before, count) as LedgerRow[];
      const isGoingOn = rows.every((row) =>
        collector.add(parseLedgerRow(dashboard, row), row.changes?.byteLength ?? 0),
      );
      if (isGoingOn && rows.length === count) continue;
      return collector.finish(isGoingOn, this.#findUndos(id, collector.matches));
    }
  }

  #findUndos(id: number, matches: LedgerMatches['entries']): ReadonlyMap<number, number> {
    const revisions = matches.map(({ revision }) => revision);
    if (revisions.length === 0) return new Map();
    const rows = this.#selectUndos.all(id, Math.min(...revisions), Math.max(...revisions));
    return new Map((rows as { undoes: number; revision: number }[]).map((row) => [row.undoes, row.revision]));
  }
}
