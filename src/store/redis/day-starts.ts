/**
 * The starts of days that a call of the change script brings along: Lua knows no time zones. The script asks for others
 * if the dashboard divides time in another way than this instance knows, or if the change is dated to another day.
 */
import type { TimeSpan } from '../../counters/counters.js';
import type { DashboardSettings, Reckoning } from '../../counters/definition.js';
import { getPeriodAt, getPrevious } from '../../measures/periods.js';
import { resolveReckoning } from '../../measures/reckoning.js';

/** Dashboards and reckonings that are remembered: both are found again at the cost of a call. */
const MAX_REMEMBERED = 10_000;

interface StartsOfDay {
  /** The day for which they were computed. */
  readonly day: TimeSpan;
  readonly text: string;
}

/** Encodes the day start of a dashboard and its time zone, if its settings name one: `HH:MM` or `HH:MM ZONE`. */
export function encodeReckoning({ dayStartsAt = '00:00', timeZone }: DashboardSettings): string {
  return timeZone === undefined ? dayStartsAt : `${dayStartsAt} ${timeZone}`;
}

const DEFAULT_RECKONING_TEXT = encodeReckoning({});

export class DayStarts {
  /** Texts of dashboards that divide time in another way than the default one. */
  readonly #byDashboard = new Map<string, string>();
  readonly #startsByText = new Map<string, StartsOfDay>();

  /** @param timeZone zone of dashboards that name none */
  constructor(private readonly timeZone: string) {}

  resolve(settings: DashboardSettings): Reckoning {
    return resolveReckoning(settings, this.timeZone);
  }

  /** Remembers how a dashboard divides time. */
  learn(dashboard: string, text: string): void {
    this.#byDashboard.delete(dashboard);
    if (text === DEFAULT_RECKONING_TEXT) return;
    if (this.#byDashboard.size >= MAX_REMEMBERED) this.#byDashboard.clear();
    this.#byDashboard.set(dashboard, text);
  }

  recall(dashboard: string): string {
    return this.#byDashboard.get(dashboard) ?? DEFAULT_RECKONING_TEXT;
  }

  /** Returns starts of days, ascending: from the day before that of `atMs` to the second one after it. */
  format(text: string, atMs: number): string {
    const known = this.#startsByText.get(text);
    if (known && atMs >= known.day.start && atMs < known.day.end) return known.text;
    const reckoning = this.#decode(text);
    const day = getPeriodAt(reckoning, 'day', atMs);
    const starts = [
      getPrevious(reckoning, 'day', day).start,
      day.start,
      day.end,
      getPeriodAt(reckoning, 'day', day.end).end,
    ];
    const computed = { day, text: starts.join(' ') };
    if (this.#startsByText.size >= MAX_REMEMBERED) this.#startsByText.clear();
    this.#startsByText.set(text, computed);
    return computed.text;
  }

  #decode(text: string): Reckoning {
    const [dayStartsAt = '00:00', timeZone] = text.split(' ');
    return this.resolve({ dayStartsAt, ...(timeZone !== undefined && { timeZone }) });
  }
}
