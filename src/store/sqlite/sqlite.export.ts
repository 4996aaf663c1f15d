/** Reads dashboards out of the database file, all from one moment of it, while the service that uses it goes on. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Totals } from '../../counters/counters.js';
import {
  type CounterRow,
  type DashboardRow,
  entryOf,
  type KeyRow,
  LEDGER,
  type LedgerRow,
  TOTALS,
  totalsOf,
  type TotalsRow,
} from './row-types.js';
import { type Database, fileOf, inspect, openReading, type Statement } from './database.js';
import { keptReply } from './reply-codec.js';
import { StoreOpenError } from '../store-open.error.js';
import { BUCKETS, type Retention } from '../store.js';
import {
  type Departure,
  Kept,
  type MovedCounter,
  type MovedDashboard,
  type Piece,
  PIECES_AT_ONCE,
  StoreExport,
  StretchMaker,
} from '../transfer.port.js';

type PointRow = TotalsRow & { at: number };

export class SqliteExport extends StoreExport {
  readonly #database: Database.Database;
  readonly #names: Statement;
  readonly #dashboard: Statement;
  readonly #counters: Statement;
  readonly #sums: Statement;
  readonly #points: Statement;
  readonly #ledger: Statement;
  readonly #keys: Statement;

  /** @throws StoreOpenError when there is no store in the directory, or it cannot be read */
  constructor(
    directory: string,
    private readonly retention: Retention,
    private readonly now: () => number = Date.now,
  ) {
    super();
    const file = fileOf(directory);
    if (!existsSync(file)) {
      throw new StoreOpenError(`there is no store in ${resolve(directory)}: name the data directory of the service`);
    }
    inspect(file);
    const database = openReading(directory);
    this.#database = database;
    this.#names = database.prepare(`SELECT name FROM dashboards WHERE name >= 'a' ORDER BY name`);
    this.#dashboard = database.prepare('SELECT id, title, epoch, revision, at FROM dashboards WHERE name = ?');
    this.#counters = database.prepare(
      `SELECT id, name, title, unit, ${TOTALS} FROM counters WHERE dashboard = ? AND name >= 'a' ORDER BY id`,
    );
    this.#sums = database.prepare(
      `SELECT CAST(coalesce(sum(added), 0) AS TEXT) AS added, CAST(coalesce(sum(removed), 0) AS TEXT) AS removed
       FROM points WHERE counter = ? AND step = ? AND at >= ?`,
    );
    this.#points = database.prepare(
      `SELECT at, ${TOTALS} FROM points WHERE counter = ? AND step = ? AND at >= ? ORDER BY at`,
    );
    this.#ledger = database.prepare(
      `SELECT ${LEDGER} FROM ledger
       WHERE dashboard = ? AND revision >= ? AND at >= ? ORDER BY revision`,
    );
    // `+at`: by the index of all keys it would go through those of all dashboards.
    this.#keys = database.prepare(
      'SELECT key, at, fingerprint, reply FROM keys WHERE dashboard = ? AND +at >= ? ORDER BY +at, key',
    );
    // Keys are sorted by age in files, since this SQLite would do it in memory. One reading transaction, however long it takes: it
    // sees one moment, and no commit waits for it.
    database.exec('PRAGMA temp_store=FILE; BEGIN');
  }

  async *names(): AsyncGenerator<string> {
    for (const { name } of this.#names.all() as { name: string }[]) yield name;
  }

  async read(name: string): Promise<Departure | undefined> {
    const row = this.#dashboard.get(name) as DashboardRow | undefined;
    if (!row) return undefined;
    const { id, title, epoch, revision, at } = row;
    const rows = this.#counters.all(id) as CounterRow[];
    const dashboard = { name, ...(title !== null && { title }), epoch, revision, at, counters: rows.map(counterOf) };
    return { dashboard, pieces: () => this.#pieces(id, dashboard, rows) };
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  async *#pieces(id: number, dashboard: MovedDashboard, counters: readonly CounterRow[]) {
    let pieces: Piece[] = [];
    for (const piece of this.#each(id, dashboard, counters)) {
      pieces.push(piece);
      if (pieces.length < PIECES_AT_ONCE) continue;
      yield pieces;
      pieces = [];
    }
    if (pieces.length > 0) yield pieces;
  }

  *#each(id: number, { name, revision }: MovedDashboard, counters: readonly CounterRow[]): Generator<Piece> {
    const kept = new Kept(this.retention, this.now(), revision);
    for (const counter of counters) yield* this.#pointsOf(counter, kept);
    const { oldestEntry, oldestKey } = kept;
    for (const row of this.#ledger.iterate(id, oldestEntry.revision, oldestEntry.at)) {
      yield { ledger: entryOf(row as LedgerRow) };
    }
    for (const row of this.#keys.iterate(id, oldestKey)) {
      const { key, at, fingerprint, reply } = row as KeyRow;
      yield { key: { key, at, fingerprint, reply: keptReply(name, reply) } };
    }
  }

  /** A bucket has what was added and removed in it. The last one ends with the totals of the counter: so it is known what each began with. */
  *#pointsOf(counter: CounterRow, kept: Kept): Generator<Piece> {
    const end = totalsOf(counter);
    for (const { stepMs } of BUCKETS) {
      const oldest = kept.oldestBucket(stepMs);
      const sums = totalsOf(this.#sums.get(counter.id, stepMs, oldest) as TotalsRow);
      let before: Totals = { added: end.added - sums.added, removed: end.removed - sums.removed };
      const maker = new StretchMaker(counter.name, stepMs);
      for (const row of this.#points.iterate(counter.id, stepMs, oldest)) {
        const { at, ...within } = row as PointRow;
        const { added, removed } = totalsOf(within);
        const mark = { at, added: before.added + added, removed: before.removed + removed };
        const points = maker.push(mark, before);
        if (points) yield { points };
        before = mark;
      }
      const points = maker.end();
      if (points) yield { points };
    }
  }
}

function counterOf({ name, title, unit, ...totals }: CounterRow): MovedCounter {
  return { name, ...(title !== null && { title }), ...(unit !== null && { unit }), ...totalsOf(totals) };
}
