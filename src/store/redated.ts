/** Tells that a dashboard was booked ahead of the clock, and what was done about it. */
import { formatDuration } from '../clock/clock-log.js';

export function describeRedated(dashboard: string, leadMs: number): string {
  return (
    `${dashboard} was booked up to ${formatDuration(leadMs)} ahead of the clock: what was later is dated to now, and the ` +
    'dashboard continues in a new epoch'
  );
}
