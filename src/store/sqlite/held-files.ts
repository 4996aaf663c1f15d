/**
 * The files of an open database, held by inode and compared by name. A process goes on writing to a file that was
 * removed or replaced, so that everything would look well until it ends.
 */
import { type BigIntStats, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorMessage } from '../../counters/errors.js';
import { hasBackupMark } from './backup-mark.js';
import { checkDatabase, getDatabasePath, getLockPath } from './database.js';

export interface FileFault {
  /** For the log: names the files and says what to do. */
  readonly message: string;
  /** True if a usable database stands under the name, so that the store can be closed and opened again. */
  readonly canReopen: boolean;
  /** True if the database file is another one than was opened. */
  readonly isReplaced: boolean;
  /** True if the file is the one that was opened, with the content of another one. */
  readonly isOverwritten: boolean;
}

export interface FileCheck {
  /** Size of the write-ahead log, bytes. */
  readonly walBytes: number;
  /** Absent if all files are in place. */
  readonly fault?: FileFault;
}

export class HeldFiles {
  readonly #file: string;
  readonly #walFile: string;
  /** Database, write-ahead log, its index, and lock, as they were opened. */
  readonly #opened: ReadonlyMap<string, BigIntStats | undefined>;
  /** Version of the database file that was last examined for a backup mark. */
  #examined: string;
  #isOverwritten = false;
  /** The file that stands in the place of the database, and why it cannot be opened. */
  #candidate: { readonly version: string; readonly fault: string | undefined } | undefined;

  /** Call it right after the database was opened and read, when all of its files exist. */
  constructor(directory: string) {
    this.#file = getDatabasePath(directory);
    this.#walFile = `${this.#file}-wal`;
    const names = [this.#file, this.#walFile, `${this.#file}-shm`, getLockPath(directory)];
    this.#opened = new Map(names.map((name) => [name, readStats(name)]));
    this.#examined = toVersion(this.#opened.get(this.#file));
  }

  /** Costs about 10 us. Never throws. */
  check(): FileCheck {
    const walBytes = Number(readStats(this.#walFile)?.size ?? 0);
    const fault = this.#findFault();
    return { walBytes, ...(fault && { fault }) };
  }

  #findFault(): FileFault | undefined {
    const displaced = [...this.#opened.keys()].filter((name) => !this.#isInPlace(name));
    if (displaced.includes(this.#file)) return this.#explainDisplacedDatabase();
    if (this.#wasOverwritten()) {
      return {
        message:
          `${this.#file} was overwritten with a backup while it was in use: stop the service, then run ` +
          `\`tallyboard restore BACKUP --data-dir ${dirname(this.#file)}\``,
        canReopen: false,
        isReplaced: false,
        isOverwritten: true,
      };
    }
    if (displaced.length === 0) return undefined;
    return {
      message: `${displaced.join(' and ')} ${displaced.length > 1 ? 'were' : 'was'} removed or replaced while in use`,
      canReopen: true,
      isReplaced: false,
      isOverwritten: false,
    };
  }

  #explainDisplacedDatabase(): FileFault {
    const version = toVersion(readStats(this.#file));
    if (version === '') {
      return {
        message:
          `${this.#file} was removed, renamed or unmounted while it was in use: put the same file back, or stop the ` +
          `service and run \`tallyboard restore BACKUP --data-dir ${dirname(this.#file)}\``,
        canReopen: false,
        isReplaced: false,
        isOverwritten: false,
      };
    }
    this.#setLogAside();
    if (this.#candidate?.version !== version) this.#candidate = { version, fault: this.#findCandidateFault() };
    const { fault } = this.#candidate;
    const message = `${this.#file} was replaced while it was in use${fault === undefined ? '' : `: ${fault}`}`;
    return { message, canReopen: fault === undefined, isReplaced: true, isOverwritten: false };
  }

  /** SQLite would apply the log to the new file, to which it does not belong. */
  #setLogAside(): void {
    if (!this.#isInPlace(this.#walFile)) return;
    renameSync(this.#walFile, `${this.#walFile}.replaced-${Date.now()}`);
    rmSync(`${this.#file}-shm`, { force: true });
  }

  /** A file without a usable database is never opened: closing the one that is held would give up its changes. */
  #findCandidateFault(): string | undefined {
    try {
      checkDatabase(this.#file);
      return undefined;
    } catch (error) {
      return errorMessage(error);
    }
  }

  /** The mark is looked for when the file has changed: checkpoints change it too, and a copy always does. */
  #wasOverwritten(): boolean {
    const version = toVersion(readStats(this.#file));
    if (version !== this.#examined) {
      this.#examined = version;
      this.#isOverwritten = hasBackupMark(this.#file);
    }
    return this.#isOverwritten;
  }

  #isInPlace(name: string): boolean {
    const [opened, found] = [this.#opened.get(name), readStats(name)];
    return opened !== undefined && found?.ino === opened.ino && found.dev === opened.dev;
  }
}

/**
 * Hides the database file while it is closed, if it was overwritten: when SQLite finds no file under the name, it does
 * not copy the write-ahead log into it.
 * @returns a function that gives the file its name back
 */
export function hideDatabase(directory: string): () => void {
  const file = getDatabasePath(directory);
  const hidden = `${file}.closing`;
  renameSync(file, hidden);
  return () => renameSync(hidden, file);
}

/** Undefined if there is no such file, or if it cannot be reached. */
function readStats(name: string): BigIntStats | undefined {
  try {
    return existsSync(name) ? statSync(name, { bigint: true }) : undefined;
  } catch {
    return undefined;
  }
}

/** Empty if there is no file. */
function toVersion(stats: BigIntStats | undefined): string {
  return stats ? `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs}` : '';
}
