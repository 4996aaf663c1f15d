/** Numbers, times and durations as people read them, in the language and the time zone of the viewer. */

const whole = new Intl.NumberFormat();
const signed = new Intl.NumberFormat(undefined, { signDisplay: 'exceptZero' });
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const time = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const second = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const moment = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: 'numeric',
  minute: '2-digit',
});

export const asWhole = (number: number): string => whole.format(number);
/** With its sign; none before 0. */
export const asChange = (number: number): string => signed.format(number).replace('-', '−');
/** For the scale of a chart, where exact numbers stand elsewhere. */
export const asCompact = (number: number): string =>
  Math.abs(number) < 10_000 ? whole.format(number) : compact.format(number);

/** Times are milliseconds since the Unix epoch. */
export const asTime = (ms: number): string => time.format(ms);
export const asSecond = (ms: number): string => second.format(ms);
export const asDay = (ms: number): string => day.format(ms);
export const asMoment = (ms: number): string => moment.format(ms);

/** `12 s`, `3 min`, `2 h`, `5 d`: the largest unit that has passed. */
export function asDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** The start of the day of a moment, in the viewer's time zone. */
export function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** The start of the day after. A day is not always 24 hours. */
export function startOfNextDay(ms: number): number {
  const date = new Date(ms);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}
