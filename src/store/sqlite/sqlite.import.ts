/** Brings dashboards into the database file. Until it is complete a dashboard has a name that nobody can ask for, and that is cleared away. */
import type { Totals } from '../../counters/counters.js';
import { bucketOf } from '../in-process/decide.js';
import { type Database, type OpenDatabase, openDatabase, type Statement } from './database.js';
import { Gone } from './tombstone-cleaner.js';
import { keptText } from './reply-codec.js';
import { RowInsert } from './bulk-insert.js';
import type { StepMs } from '../store.js';
import { type Arrival, type MovedDashboard, type Piece, type Standing, StoreImport } from '../transfer.port.js';

/** Below every letter, as what is gone: what an import that was cut off has left is cleared away by whoever opens the file next. */
const STAGED = '/import/';

export class SqliteImport extends StoreImport {
  readonly #open: OpenDatabase;
  readonly #find: Statement;
  readonly #addDashboard: Statement;
  readonly #addCounter: Statement;

  /** @throws StoreOpenError when another process has the file, or it cannot be used */
  constructor(directory: string) {
    super();
    this.#open = openDatabase(directory);
    const { database } = this.#open;
    this.#find = database.prepare('SELECT id, epoch, revision, at FROM dashboards WHERE name = ?');
    this.#addDashboard = database.prepare(
      'INSERT INTO dashboards (name, title, epoch, revision, at) VALUES (?, ?, ?, ?, ?) RETURNING id',
    );
    this.#addCounter = database.prepare(
      'INSERT INTO counters (dashboard, name, title, unit, added, removed) VALUES (?, ?, ?, ?, ?, ?) RETURNING id',
    );
    clearAway(database);
  }

  async find(name: string): Promise<Standing | undefined> {
    return this.#find.get(name) as Standing | undefined;
  }

  async begin(dashboard: MovedDashboard): Promise<Arrival> {
    const { database } = this.#open;
    const { name, title, epoch, revision, at } = dashboard;
    const counters = new Map<string, number>();
    let id = 0;
    inTransaction(database, () => {
      id = idOf(this.#addDashboard.get(STAGED + name, title ?? null, epoch, revision, at));
      for (const { name: counter, title: counterTitle, unit, added, removed } of dashboard.counters) {
        const row = this.#addCounter.get(
          id,
          counter,
          counterTitle ?? null,
          unit ?? null,
          String(added),
          String(removed),
        );
        counters.set(counter, idOf(row));
      }
    });
    return new SqliteArrival(database, { id, name }, counters);
  }

  async close(): Promise<void> {
    this.#open.close();
  }
}

/** Nobody else writes while the file is locked: what stood there when it began still does. */
class SqliteArrival implements Arrival {
  readonly #addPoints: RowInsert;
  readonly #addLedger: RowInsert;
  readonly #addKeys: RowInsert;
  /** Totals that the last stretch has ended with. */
  #last: Totals = { added: 0n, removed: 0n };

  constructor(
    private readonly database: Database.Database,
    private readonly dashboard: { readonly id: number; readonly name: string },
    private readonly counters: ReadonlyMap<string, number>,
  ) {
    this.#addPoints = new RowInsert(database, 'INSERT INTO points (counter, step, at, value, added, removed)', 6);
    this.#addLedger = new RowInsert(
      database,
      'INSERT INTO ledger (dashboard, revision, at, changes, key, reason, who)',
      7,
    );
    this.#addKeys = new RowInsert(database, 'INSERT INTO keys (dashboard, key, at, fingerprint, reply)', 5);
  }

  async add(pieces: readonly Piece[]): Promise<void> {
    const [points, ledger, keys]: unknown[][] = [[], [], []];
    const { id } = this.dashboard;
    for (const piece of pieces) {
      if (piece.points) {
        this.#last = piece.points.from;
        const counter = this.counters.get(piece.points.counter);
        for (const mark of piece.points.marks) points?.push(...this.#pointRow(counter, piece.points.stepMs, mark));
      } else if (piece.ledger) {
        const { revision, at, changes, key, reason, who } = piece.ledger;
        ledger?.push(id, revision, at, JSON.stringify(changes), key ?? null, reason ?? null, who ?? null);
      } else {
        const { key, at, fingerprint, reply } = piece.key;
        keys?.push(id, key, at, fingerprint, keptText(reply));
      }
    }
    inTransaction(this.database, () => {
      this.#addPoints.run(points ?? []);
      this.#addLedger.run(ledger ?? []);
      this.#addKeys.run(keys ?? []);
    });
  }

  async complete(epoch: string): Promise<boolean> {
    const { id, name } = this.dashboard;
    inTransaction(this.database, () => {
      this.database.prepare(`UPDATE dashboards SET name = '/gone/' || id WHERE name = ?`).run(name);
      this.database.prepare('UPDATE dashboards SET name = ?, epoch = ? WHERE id = ?').run(name, epoch, id);
    });
    return true;
  }

  async abandon(): Promise<void> {
    clearAway(this.database);
  }

  #pointRow(counter: number | undefined, stepMs: StepMs, { at, added, removed }: Totals & { readonly at: number }) {
    const before = this.#last;
    this.#last = { added, removed };
    const within = [String(added - before.added), String(removed - before.removed)];
    return [counter, stepMs, bucketOf(at, stepMs), Number(added - removed), ...within];
  }
}

/** What an import has left behind, and what else is gone. */
function clearAway(database: Database.Database): void {
  const gone = new Gone(database);
  while (inTransaction(database, () => gone.clear()));
}

function inTransaction<T>(database: Database.Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function idOf(row: unknown): number {
  return (row as { id: number }).id;
}
