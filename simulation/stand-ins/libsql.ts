/** Stands in for the SQLite driver: the real one, with commits that the simulated disk may refuse or cut off. */
import RealDatabase from 'libsql';
import { findDisk } from '../service/disk.js';
import { getWorld } from '../world/world.js';

export default class Database extends RealDatabase {
  /** The thread that has opened it. */
  readonly life = getWorld().current;
  readonly #isWriter: boolean;
  readonly #disk = findDisk(this.life.machine);

  constructor(path: string, options?: ConstructorParameters<typeof RealDatabase>[1]) {
    super(path, options);
    this.#isWriter = path.endsWith('tallyboard.db');
    this.#disk?.connections.add(this);
  }

  override exec(sql: string): this {
    if (sql === 'COMMIT' && this.#isWriter && this.#disk) this.#disk.commit(() => super.exec(sql));
    else super.exec(sql);
    return this;
  }

  override close(): this {
    this.#disk?.connections.delete(this);
    // Undefined, whatever its type says: the answer of a thread.
    return super.close();
  }

  static override readonly SqliteError = RealDatabase.SqliteError;
}
