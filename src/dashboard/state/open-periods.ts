/**
 * The present hour, day, week, month and year of a dashboard: what each counter has added and removed since each of
 * them began. Only the totals at the start of a period are kept. A change costs nothing then, and a number is worked
 * out when a frame shows it.
 */
import type { TimeSpan, Total } from '../../counters/counters.js';
import { addTotals, subtractTotals } from '../../counters/total-arithmetic.js';
import type { Period, Reckoning } from '../../counters/definition.js';
import { getPeriodAt } from '../../measures/periods.js';
import { findDay } from '../../store/open-day.js';

/** Totals of a counter. */
interface Totals {
  readonly added: Total;
  readonly removed: Total;
}

interface OpenPeriod {
  span: TimeSpan;
  /** Totals at the start, by counter. A counter that is absent has been created since. */
  startTotals: Map<string, Totals>;
}

/** Sums since the start of a period: exact up to 2^53, then the nearest double. */
export interface PeriodSums {
  readonly added: number;
  readonly removed: number;
}

const NO_TOTALS: Totals = { added: 0, removed: 0 };

export class OpenPeriods {
  readonly #open = new Map<Period, OpenPeriod>();
  /** True once the totals have been read anew: the numbers may be wrong until the periods are opened again. */
  isOutdated = false;
  /** Start of the period that began last, milliseconds since the Unix epoch. */
  #latestStart = -Infinity;
  /** End of the period that ends first. */
  #firstEnd = Infinity;

  /** @param day open day of the dashboard. It differs from the calendar after the time zone has changed. */
  constructor(
    readonly reckoning: Reckoning,
    private readonly day: TimeSpan | undefined,
  ) {}

  /** Periods that are followed. */
  get list(): readonly Period[] {
    return [...this.#open.keys()];
  }

  has(period: Period): boolean {
    return this.#open.has(period);
  }

  /** Start of the first period that is still to begin, milliseconds since the Unix epoch. Infinity without periods. */
  get firstEnd(): number {
    return this.#firstEnd;
  }

  /** Returns the period that a moment lies in. */
  findSpan(period: Period, atMs: number): TimeSpan {
    return period === 'day'
      ? findDay(this.day ? { day: this.day } : {}, this.reckoning, atMs)
      : getPeriodAt(this.reckoning, period, atMs);
  }

  /** Follows a period from now on. @param startTotals totals of the counters at its start */
  open(period: Period, span: TimeSpan, startTotals: Map<string, Totals>): void {
    this.#open.set(period, { span, startTotals });
    this.#updateBounds();
  }

  /** Returns the span of an open period. */
  getSpan(period: Period): TimeSpan | undefined {
    return this.#open.get(period)?.span;
  }

  /** Begins the next periods if some have ended at `atMs`. @returns true if so */
  advance(atMs: number, counters: ReadonlyMap<string, Totals>): boolean {
    if (atMs < this.#firstEnd) return false;
    for (const [period, open] of this.#open) {
      if (atMs < open.span.end) continue;
      open.span = this.findSpan(period, atMs);
      open.startTotals = new Map([...counters].map(([name, { added, removed }]) => [name, { added, removed }]));
    }
    this.#updateBounds();
    return true;
  }

  /**
   * Books a change that is dated before the start of a period but became known after it: it belongs to the one before.
   * @param previous totals before the change
   */
  recordLate(atMs: number, name: string, previous: Totals, next: Totals): void {
    if (atMs >= this.#latestStart) return;
    for (const { span, startTotals } of this.#open.values()) {
      if (atMs >= span.start) continue;
      const start = startTotals.get(name) ?? NO_TOTALS;
      startTotals.set(name, {
        added: addTotals(start.added, subtractTotals(next.added, previous.added)),
        removed: addTotals(start.removed, subtractTotals(next.removed, previous.removed)),
      });
    }
  }

  /** Forgets a counter. One that is created under the same name starts at 0. */
  remove(name: string): void {
    for (const { startTotals } of this.#open.values()) startTotals.delete(name);
  }

  getSums(period: Period, name: string, { added, removed }: Totals): PeriodSums {
    const start = this.#open.get(period)?.startTotals.get(name) ?? NO_TOTALS;
    return {
      added: Number(subtractTotals(added, start.added)),
      removed: Number(subtractTotals(removed, start.removed)),
    };
  }

  /** Returns what was added less what was removed since the start of a period, exactly. May be below 0. */
  getNumber(period: Period, name: string, { added, removed }: Totals): Total {
    const start = this.#open.get(period)?.startTotals.get(name) ?? NO_TOTALS;
    return subtractTotals(subtractTotals(added, start.added), subtractTotals(removed, start.removed));
  }

  #updateBounds(): void {
    const spans = [...this.#open.values()].map(({ span }) => span);
    this.#latestStart = Math.max(...spans.map(({ start }) => start));
    this.#firstEnd = Math.min(...spans.map(({ end }) => end));
  }
}
