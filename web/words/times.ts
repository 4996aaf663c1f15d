/** Writes times and durations in the reader's locale and in the dashboard's time zone. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './durations.js';
import { locale, words } from './locale.js';

export { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS };

const FORMATS = {
  time: { hour: '2-digit', minute: '2-digit' },
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  weekday: { weekday: 'short' },
  weekdayLong: { weekday: 'long' },
  date: { day: 'numeric', month: 'short' },
  dateOfYear: { day: 'numeric', month: 'short', year: 'numeric' },
  month: { month: 'short' },
  weekdayTime: { weekday: 'short', hour: '2-digit', minute: '2-digit' },
  dateTime: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  stamp: {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  },
  day: { weekday: 'short', day: 'numeric', month: 'short' },
  monthOfYear: { month: 'short', year: 'numeric' },
  yearOnly: { year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export type TimeStyle = keyof typeof FORMATS;

/** Creating a format takes a hundred times as long as using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * Writes a moment.
 * @param ms milliseconds since the Unix epoch
 * @param timeZone name that `Intl` takes, for example `Europe/Berlin`; the viewer's own where none is known
 */
export function formatTime(ms: number, style: TimeStyle, timeZone?: string): string {
  const key = `${locale.value} ${style} ${timeZone}`;
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat(locale.value, { ...FORMATS[style], timeZone })));
  return format.format(ms);
}

/** Writes a duration in its largest suitable unit: `12 s`, `3 min`, `2 h`, `5 d`. @param ms milliseconds */
export function formatDuration(ms: number): string {
  const { time } = words.value;
  const seconds = Math.max(0, Math.round(ms / SECOND_MS));
  if (seconds < 100) return time.seconds(seconds);
  if (seconds < 5_400) return time.minutes(Math.round(seconds / 60));
  if (seconds < 129_600) return time.hours(Math.round(seconds / 3_600));
  return time.days(Math.round(seconds / 86_400));
}

/** Returns the city of a zone for people: `Berlin` of `Europe/Berlin`. */
export function getZoneCity(timeZone: string): string {
  return (timeZone.split('/').at(-1) ?? timeZone).replaceAll('_', ' ');
}
