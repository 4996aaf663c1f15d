/** How fresh a number is, in words. */
import type { WatchStatus } from '../../src/client/client.js';

/**
 * What is to be said of a number; nothing when it is live.
 * @param since when it ceased to be, where the status does not know
 */
export function describeFreshness(status: WatchStatus, since: number, locale?: string): string {
  switch (status.state) {
    case 'live':
      return '';
    case 'connecting':
      return 'Connecting';
    case 'degraded':
      return `May be behind since ${formatSince(status.since, locale)}`;
    case 'closed':
      return `Not live since ${formatSince(since, locale)}: ${status.reason}`;
    default:
      return `Not live since ${formatSince(status.since, locale)}`;
  }
}

/** A time of today without its date. */
function formatSince(at: number, locale?: string): string {
  const time = new Date(at);
  const isToday = time.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium', ...(!isToday && { dateStyle: 'medium' }) }).format(
    time,
  );
}
