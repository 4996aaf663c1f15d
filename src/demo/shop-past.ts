/** The shop's past as lines of `POST /dashboards/:dashboard/history`: what each minute added and removed. Pure. */
import { MINUTE_IN_SECONDS, SHOP_COUNTERS, type ShopCounter, type ShopStep } from './shop-day.js';

interface PastAmount {
  readonly added: number;
  readonly removed: number;
}

/** A counter has what came and went in the minute; the gauge has its value at the end of it. */
type PastCounters = Partial<Record<Exclude<ShopCounter, 'stock'>, PastAmount>> & { stock?: { readonly value: number } };

export interface PastLine {
  /** Start of the minute, milliseconds since the epoch; of the first minute the time at which the past begins. */
  readonly at: number;
  /** Counters that changed in the minute. */
  readonly counters: Readonly<PastCounters>;
}

export interface ShopPast {
  /** In ascending order. Minutes in which nothing changed have none. */
  readonly lines: readonly PastLine[];
  /** Values of the counters at the end. */
  readonly values: Readonly<Record<ShopCounter, number>>;
  /** The first step after the past. */
  readonly next: ShopStep;
}

/** A stretch of shop time, and the moment at which it began. */
export interface PastRange {
  /** Seconds since the midnight before the first day; the steps begin here. */
  readonly fromS: number;
  readonly durationS: number;
  /** Milliseconds since the epoch, whole seconds. */
  readonly startMs: number;
}

/** Sums up the steps of a range by the minutes of the clock, and takes one step more. */
export function takePast(steps: Iterator<ShopStep, never>, { fromS, durationS, startMs }: PastRange): ShopPast {
  const values = Object.fromEntries(SHOP_COUNTERS.map((name) => [name, 0])) as Record<ShopCounter, number>;
  const lines: PastLine[] = [];
  let minute: { readonly at: number; readonly counters: PastCounters } | undefined;
  for (;;) {
    const step = steps.next().value;
    if (step.atS >= fromS + durationS) return { lines, values, next: step };
    const at = Math.max(floorToMinute(startMs + (step.atS - fromS) * 1_000), startMs);
    if (minute?.at !== at) lines.push((minute = { at, counters: {} }));
    for (const name of SHOP_COUNTERS) {
      const amount = step.amounts[name] ?? 0;
      if (amount === 0) continue;
      values[name] += amount;
      if (name === 'stock') minute.counters.stock = { value: values.stock };
      else minute.counters[name] = addAmount(minute.counters[name], amount);
    }
  }
}

function addAmount(sum: PastAmount | undefined, amount: number): PastAmount {
  const { added, removed } = sum ?? { added: 0, removed: 0 };
  return { added: added + Math.max(amount, 0), removed: removed + Math.max(-amount, 0) };
}

function floorToMinute(ms: number): number {
  return ms - (ms % (MINUTE_IN_SECONDS * 1_000));
}
