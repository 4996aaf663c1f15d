/** Reports the progress and the errors of exports and imports on stderr. */
import { errorMessage, TallyError } from '../counters/errors.js';
import type { RecordCounts } from '../export-format/line-format.js';
import { StoreOpenError } from '../store/store-open.error.js';
import { CommandError, EXIT } from './exit-codes.js';

const REPORT_INTERVAL_MS = 2_000;

export class TransferProgress {
  #reportedAt = performance.now();

  /** Prints the progress of a dashboard: at intervals, and when it is done. @param detail amounts so far */
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

export function formatDashboardCount(dashboards: number): string {
  return formatCount(dashboards, 'dashboard');
}

export function formatRecordCounts({ points, ledger, keys }: RecordCounts): string {
  return [
    formatCount(points, 'point'),
    formatCount(ledger, 'ledger entry', 'ledger entries'),
    formatCount(keys, 'key'),
  ].join(', ');
}

/** Returns an amount with its noun. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** Converts an error to one that ends the command. @param failed what failed, as the beginning of the message */
export function toCommandError(error: unknown, failed: string): CommandError {
  if (error instanceof CommandError) return error;
  const reason = errorMessage(error);
  const isUnavailable = error instanceof TallyError && error.code === 'store-unavailable';
  // The message of a store that cannot be opened says what to do. Other errors keep the driver's as their cause.
  const code = isUnavailable ? EXIT.unavailable : EXIT.refused;
  return new CommandError(`${failed}: ${reason}`, code, error instanceof StoreOpenError ? undefined : error);
}
