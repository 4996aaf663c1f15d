/** Points of one dashboard in memory, by counter and step. */
import type { AppliedChangeSet } from '../../counters/counters.js';
import { toBucketStart, createTallyError, createTooManyPointsRefusal } from '../in-process/decide.js';
import { BUCKETS, type Point, type CounterSeries, type StepMs } from '../store.js';

/** Points by the start of their bucket, oldest first: a map keeps the order of insertion. */
type Buckets = Map<number, Point>;

export class MemoryPoints {
  readonly #series = new Map<
    string,
    readonly { readonly stepMs: StepMs; readonly keepMs: number; buckets: Buckets }[]
  >();

  /** Adds the effect of a change set to the bucket of each step. */
  write({ at, counters, previous }: AppliedChangeSet): void {
    for (const [name, { value, added, removed }] of counters) {
      const previousTotals = previous.get(name) ?? { added: 0n, removed: 0n };
      for (const { stepMs, buckets } of this.#getOrCreateSteps(name)) {
        const start = toBucketStart(at, stepMs);
        const before = buckets.get(start) ?? { added: 0n, removed: 0n };
        buckets.set(start, {
          at: start,
          value,
          added: before.added + added - previousTotals.added,
          removed: before.removed + removed - previousTotals.removed,
        });
      }
    }
  }

  /** Reads as the port does. @throws TallyError `too-many-points` beyond `limit` */
  read(counter: string, stepMs: StepMs, from: number, to: number, limit: number): Omit<CounterSeries, 'totals'> {
    const steps = this.#series.get(counter) ?? [];
    const ended = steps.flatMap((step) => [...step.buckets.values()].filter(({ at }) => at + step.stepMs <= from));
    const before = ended.reduce<Point | undefined>(
      (newest, point) => (newest && newest.at >= point.at ? newest : point),
      undefined,
    );
    const candidates = steps.find((step) => step.stepMs === stepMs)?.buckets.values() ?? [];
    const points = [...candidates].filter(({ at }) => at >= from && at < to);
    if (points.length > limit) throw createTallyError(createTooManyPointsRefusal());
    return { before, points };
  }

  /** Deletes at most `limit` expired points of each step of a counter. */
  expire(counter: string, nowMs: number, limit: number): void {
    for (const { stepMs, keepMs, buckets } of this.#series.get(counter) ?? []) {
      dropOldest(buckets, ({ at }) => at + stepMs <= nowMs - keepMs, limit);
    }
  }

  /** Merges the buckets after that of `nowMs` into it, so that the sums of a counter stay as they are. */
  redate(nowMs: number): void {
    for (const steps of this.#series.values()) {
      for (const { stepMs, buckets } of steps) mergeLaterBuckets(buckets, toBucketStart(nowMs, stepMs));
    }
  }

  remove(counter: string): void {
    this.#series.delete(counter);
  }

  #getOrCreateSteps(counter: string) {
    const steps =
      this.#series.get(counter) ?? BUCKETS.map((bucket) => ({ ...bucket, buckets: new Map<number, Point>() }));
    this.#series.set(counter, steps);
    return steps;
  }
}

function mergeLaterBuckets(buckets: Buckets, start: number): void {
  const merged = [...buckets.values()].filter(({ at }) => at >= start);
  const last = merged.at(-1);
  if (!last || last.at === start) return;
  for (const { at } of merged) buckets.delete(at);
  buckets.set(start, {
    at: start,
    value: last.value,
    added: merged.reduce((total, { added }) => total + added, 0n),
    removed: merged.reduce((total, { removed }) => total + removed, 0n),
  });
}

/** Deletes outdated entries from the start of a map, at most `limit`. */
export function dropOldest<K, V>(entries: Map<K, V>, isOutdated: (entry: V) => boolean, limit: number): void {
  let remaining = limit;
  for (const [key, entry] of entries) {
    if (remaining === 0 || !isOutdated(entry)) return;
    entries.delete(key);
    remaining -= 1;
  }
}
