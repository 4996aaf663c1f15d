/** Formats numbers, times and durations in the viewer's language and time zone. */

export const [SECOND_MS, MINUTE_MS, HOUR_MS] = [1_000, 60_000, 3_600_000];

const integerFormat = new Intl.NumberFormat();
const signedFormat = new Intl.NumberFormat(undefined, { signDisplay: 'exceptZero' });
const compactFormat = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const timeFormat = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const secondFormat = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit', second: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dateTimeFormat = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: 'numeric',
  minute: '2-digit',
});

export const formatInteger = (number: number): string => integerFormat.format(number);
/** Formats a change with its sign; 0 has none. */
export const formatSigned = (number: number): string => signedFormat.format(number).replace('-', '−');
/** Formats a label of a chart axis: large numbers are abbreviated. */
export const formatCompact = (number: number): string =>
  Math.abs(number) < 10_000 ? integerFormat.format(number) : compactFormat.format(number);

// Times are milliseconds since the Unix epoch.
export const formatTime = (ms: number): string => timeFormat.format(ms);
export const formatTimeWithSeconds = (ms: number): string => secondFormat.format(ms);
export const formatDay = (ms: number): string => dayFormat.format(ms);
export const formatDateTime = (ms: number): string => dateTimeFormat.format(ms);

/** Formats a duration in its largest suitable unit: `12 s`, `3 min`, `2 h`, `5 d`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

export function formatError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Returns the start of the day that contains a time, in the viewer's time zone. */
export function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** Returns the start of the next day. A day does not always have 24 hours. */
export function startOfNextDay(ms: number): number {
  const date = new Date(ms);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}
