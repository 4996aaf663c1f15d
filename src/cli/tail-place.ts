/** The place of `tallyboard tail` in the ledger: the id of the last entry that was written. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { errorMessage } from '../counters/errors.js';
import { CommandError, EXIT } from './exit-codes.js';

const ID = /^[^:\s]+:\d{1,16}$/;

/** Returns the id of an entry as the command writes it; undefined if it is none. */
export function parseChangeId(line: string): string | undefined {
  try {
    const { epoch, revision } = JSON.parse(line) as { epoch?: unknown; revision?: unknown };
    return typeof epoch === 'string' && Number.isSafeInteger(revision) ? `${epoch}:${String(revision)}` : undefined;
  } catch {
    return undefined;
  }
}

/** The file of `--checkpoint`. It is replaced as a whole, so it never has half of an id. */
export class Checkpoint {
  readonly lastId: string | undefined;

  /** @throws CommandError if the file cannot be read, or has something else */
  constructor(private readonly path: string) {
    this.lastId = this.#read();
  }

  /** @throws CommandError if the file cannot be written */
  write(id: string): void {
    try {
      const next = `${this.path}.next`;
      writeFileSync(next, `${id}\n`);
      renameSync(next, this.path);
    } catch (error) {
      throw new CommandError(`cannot write ${this.path}: ${errorMessage(error)}`, EXIT.refused, error);
    }
  }

  #read(): string | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8').trim();
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw new CommandError(`cannot read ${this.path}: ${errorMessage(error)}`, EXIT.refused, error);
    }
    if (ID.test(text)) return text;
    throw new CommandError(
      `${this.path} is no checkpoint: it must have the id of an entry, epoch:revision`,
      EXIT.refused,
    );
  }
}
