/** The numbers that the rules of a dashboard are about, at one revision. Pure. */
import type { TimeSpan, Total } from '../../counters/counters.js';
import { addTotals, subtractTotals } from '../../counters/total-arithmetic.js';
import type { Period } from '../../counters/definition.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';

/** A change set, as far as rules need it. */
export interface Step {
  readonly revision: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** New values of the changed counters. */
  readonly counters: Readonly<Record<string, number>>;
}

/** The numbers of one counter. */
export interface CounterNumbers {
  readonly value: number;
  /** What was added less what was removed since each period began, as decimal text. */
  readonly periods?: Readonly<Partial<Record<Period, string>>>;
  /** Time of the newest change set that touched the counter, milliseconds since the Unix epoch. */
  readonly touchedMs?: number;
}

/** Numbers as they are stored. */
export interface NumbersRecord {
  readonly revision: number;
  /** Time of the revision, milliseconds since the Unix epoch. */
  readonly at: number;
  readonly counters: Readonly<Record<string, CounterNumbers>>;
  /** The periods that are followed. */
  readonly spans: Readonly<Partial<Record<Period, TimeSpan>>>;
}

interface WatchedCounter {
  value: number;
  readonly periods: Map<Period, Total>;
  touchedMs: number | undefined;
}

/** Finds the period that a moment lies in. */
export type FindSpan = (period: Period, atMs: number) => TimeSpan;

export class WatchedNumbers {
  readonly #counters: Map<string, WatchedCounter>;
  readonly #spans: Map<Period, TimeSpan>;
  #revision: number;
  #at: number;
  #firstEndMs = Infinity;

  constructor(
    { revision, at, counters, spans }: NumbersRecord,
    private readonly findSpan: FindSpan,
  ) {
    this.#revision = revision;
    this.#at = at;
    this.#counters = new Map(Object.entries(counters).map(([name, numbers]) => [name, toWatched(numbers)]));
    this.#spans = new Map(Object.entries(spans) as [Period, TimeSpan][]);
    this.#updateFirstEnd();
  }

  get revision(): number {
    return this.#revision;
  }

  get at(): number {
    return this.#at;
  }

  /** End of the period that ends first, milliseconds since the Unix epoch. Infinity without periods. */
  get firstEndMs(): number {
    return this.#firstEndMs;
  }

  getPeriodStart(period: Period): number | undefined {
    return this.#spans.get(period)?.start;
  }

  has(counter: string): boolean {
    return this.#counters.has(counter);
  }

  /**
   * Returns the value of a counter, or with a period its number in it; as it would be after `step`, if one is given.
   * Without a number of the period, as for a gauge, it is the value.
   */
  read(counter: string, period?: Period, step?: Step): Total {
    const watched = this.#counters.get(counter);
    if (!watched) return 0;
    const value = (step && Object.hasOwn(step.counters, counter) ? step.counters[counter] : undefined) ?? watched.value;
    const net = period === undefined ? undefined : watched.periods.get(period);
    if (net === undefined) return value;
    return value === watched.value ? net : addTotals(net, subtractTotals(value, watched.value));
  }

  /** Returns the time of the newest change set that touched one of the counters; undefined if none is known. */
  getTouchedMs(counters: readonly string[]): number | undefined {
    const times = counters.map((counter) => this.#counters.get(counter)?.touchedMs ?? -Infinity);
    const newest = Math.max(...times);
    return newest === -Infinity ? undefined : newest;
  }

  /** Begins the periods that have come at `atMs`. @returns those that have begun */
  rollOver(atMs: number): readonly Period[] {
    if (atMs < this.#firstEndMs) return [];
    const begun = [...this.#spans].filter(([, { end }]) => atMs >= end).map(([period]) => period);
    for (const period of begun) {
      this.#spans.set(period, this.findSpan(period, atMs));
      for (const { periods } of this.#counters.values()) if (periods.has(period)) periods.set(period, 0);
    }
    this.#updateFirstEnd();
    return begun;
  }

  /** Moves on to the state after a change set. Its periods must have begun. */
  apply({ revision, at, counters }: Step): void {
    for (const name in counters) {
      const watched = this.#counters.get(name);
      if (!watched) continue;
      const value = counters[name] ?? 0;
      const moved = subtractTotals(value, watched.value);
      for (const [period, net] of watched.periods) watched.periods.set(period, addTotals(net, moved));
      watched.value = value;
      watched.touchedMs = at;
    }
    this.#revision = revision;
    this.#at = at;
  }

  /** Converts a ledger entry: amounts become new values. Counters that are not watched are left out. */
  toStep({ revision, at, changes }: Pick<LedgerEntry, 'revision' | 'at' | 'changes'>): Step {
    const counters: Record<string, number> = {};
    for (const change of changes) {
      const watched = this.#counters.get(change.counter);
      if (!watched) continue;
      const before = counters[change.counter] ?? watched.value;
      counters[change.counter] = 'to' in change ? change.to : before + change.by;
    }
    return { revision, at, counters };
  }

  toRecord(): NumbersRecord {
    const counters = [...this.#counters].map(([name, { value, periods, touchedMs }]) => {
      const numbers: CounterNumbers = {
        value,
        ...(periods.size > 0 && { periods: Object.fromEntries([...periods].map(([p, net]) => [p, String(net)])) }),
        ...(touchedMs !== undefined && { touchedMs }),
      };
      return [name, numbers] as const;
    });
    return {
      revision: this.#revision,
      at: this.#at,
      counters: Object.fromEntries(counters),
      spans: Object.fromEntries(this.#spans),
    };
  }

  #updateFirstEnd(): void {
    this.#firstEndMs = Math.min(...[...this.#spans.values()].map(({ end }) => end));
  }
}

function toWatched({ value, periods = {}, touchedMs }: CounterNumbers): WatchedCounter {
  const nets = Object.entries(periods).map(([period, text]) => [period as Period, toTotal(text)] as const);
  return { value, periods: new Map(nets), touchedMs };
}

function toTotal(text: string): Total {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
