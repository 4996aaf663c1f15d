/** What an export or an import tells while it goes on, on stderr, and what it says of its failure. */
import { errorMessage, TallyError } from '../counters/errors.js';
import { StoreOpenError } from '../store/store-open.error.js';
import { CommandError, EXIT } from './exit-codes.js';

/** Milliseconds between two lines of one dashboard. */
const REPORT_INTERVAL_MS = 2_000;

export class TransferProgress {
  #reportedAt = performance.now();

  /** @param detail how much of it there is so far; told now and then, and when it is done */
  report(dashboard: string, detail: string, isDone: boolean): void {
    const now = performance.now();
    if (!isDone && now - this.#reportedAt < REPORT_INTERVAL_MS) return;
    this.#reportedAt = now;
    this.printLine(isDone ? `${dashboard}: ${detail}` : `${dashboard}: ${detail} so far`);
  }

  printLine(line: string): void {
    process.stderr.write(`${line}\n`);
  }
}

/** For people. */
export function formatDashboardCount(count: number): string {
  return `${count} dashboard${count === 1 ? '' : 's'}`;
}

/** An error as a command ends with it. @param failed what has not been done */
export function toCommandError(error: unknown, failed: string): CommandError {
  if (error instanceof CommandError) return error;
  const reason = errorMessage(error);
  const isUnavailable = error instanceof TallyError && error.code === 'store-unavailable';
  // A store that cannot be opened says what to do; what is thrown besides, the driver or the disk has said.
  const code = isUnavailable ? EXIT.unavailable : EXIT.refused;
  return new CommandError(`${failed}: ${reason}`, code, error instanceof StoreOpenError ? undefined : error);
}
