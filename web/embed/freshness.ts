/** Describes the freshness of a number in words. */
import type { WatchStatus } from '../../src/client/client.js';

/**
 * Returns a description of the status; empty if the number is live.
 * @param since time of the last status change, for statuses without a time of their own
 */
export function describeFreshness(status: WatchStatus, since: number, locale?: string): string {
  switch (status.state) {
    case 'live':
      return '';
    case 'connecting':
      return 'Connecting';
    case 'degraded':
      return `May be out of date since ${formatSince(status.since, locale)}`;
    case 'closed':
      return `Not live since ${formatSince(since, locale)}: ${status.reason}`;
    default:
      return `Not live since ${formatSince(status.since, locale)}`;
  }
}

/** Formats a time, with its date unless it is today. */
function formatSince(at: number, locale?: string): string {
  const time = new Date(at);
  const isToday = time.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium', ...(!isToday && { dateStyle: 'medium' }) }).format(
    time,
  );
}
