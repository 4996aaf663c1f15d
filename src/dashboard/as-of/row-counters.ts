/** Reads counters at the start of a row, and their totals at the starts of periods. */
import type { CounterTotals } from '../../counters/counters.js';
import type { CounterDefinition } from '../../counters/definition.js';
import { BUCKETS, type CounterStore, DAY_ROWS, type RowRange, ROWS, type RowStepMs } from '../../store/store.js';
import type { CountersAt } from './ledger-fold.js';
import { getEndedDaysBefore, listRowsFrom } from './moment-row.js';

/** Counters of one read, so that none takes the reader long: each has up to 17,520 rows. */
const COUNTERS_PER_READ = 64;

/** Start of a row, milliseconds since the Unix epoch. */
export interface RowStart {
  readonly stepMs: RowStepMs;
  readonly at: number;
}

export interface CountersAtRow {
  readonly counters: CountersAt;
  /** Totals of each counter, gauges left out, at the start of each period. */
  readonly startTotals: readonly ReadonlyMap<string, CounterTotals>[];
}

interface CounterSource {
  readonly store: CounterStore;
  readonly dashboard: string;
  readonly definitions: ReadonlyMap<string, CounterDefinition>;
  /** Start of the oldest row of each kind in ROWS, by counter. */
  readonly firstRows: ReadonlyMap<string, readonly (number | undefined)[]>;
}

/**
 * Reads counters at the start of a row. Nothing that is counted later changes the result: totals are worked out from
 * the present ones backwards, and hold also where old rows have expired.
 * @param periods rows from the start of each period on
 * @throws TallyError as `CounterStore.readSums`
 */
export async function readCountersAtRow(
  source: CounterSource,
  { stepMs, at }: RowStart,
  periods: readonly (readonly RowRange[])[],
): Promise<CountersAtRow> {
  const names = [...source.definitions.keys()];
  const isGauge = (name: string): boolean => source.definitions.get(name)?.kind === 'gauge';
  const levels = await readLevels(source, names.filter(isGauge), { stepMs, at });
  const groups = [listRowsFrom(stepMs, at), ...periods];
  const [totals = new Map<string, CounterTotals>(), ...startTotals] = await readTotals(
    source,
    names.filter((name) => !isGauge(name)),
    groups,
  );
  const counters: CountersAt = new Map();
  for (const name of names) {
    if (isGauge(name)) {
      counters.set(name, { value: BigInt(levels.get(name) ?? 0), added: 0n, removed: 0n, isGauge: true });
      continue;
    }
    const { added, removed } = totals.get(name) ?? { added: 0n, removed: 0n };
    counters.set(name, { value: added - removed, added, removed, isGauge: false });
  }
  return { counters, startTotals };
}

/**
 * Reads totals before the rows of each group: the present ones less what all rows of the group have.
 * @throws TallyError as `CounterStore.readSums`
 */
export async function readTotals(
  { store, dashboard }: Pick<CounterSource, 'store' | 'dashboard'>,
  names: readonly string[],
  groups: readonly (readonly RowRange[])[],
): Promise<Map<string, CounterTotals>[]> {
  const results = groups.map(() => new Map<string, CounterTotals>());
  const ranges = groups.flat();
  for (const part of slice(names)) {
    for (const [name, series] of await store.readSums(dashboard, part, ranges)) {
      if (series.kind === 'gauge') continue;
      let place = 0;
      for (const [index, group] of groups.entries()) {
        const sums = series.sums.slice(place, (place += group.length));
        results[index]?.set(name, sums.reduce(subtract, series.totals));
      }
    }
  }
  return results;
}

/**
 * Reads the levels of gauges. A gauge that stands for longer than hours are kept is known from days that have ended.
 */
async function readLevels(
  { store, dashboard, firstRows }: CounterSource,
  names: readonly string[],
  { stepMs, at }: RowStart,
): Promise<Map<string, number>> {
  const levels = new Map<string, number>();
  const endedDays = getEndedDaysBefore(at);
  const ranges = [
    { stepMs, start: at, end: at },
    { stepMs: DAY_ROWS.stepMs, start: endedDays, end: endedDays },
  ];
  for (const part of slice(names)) {
    for (const [name, series] of await store.readSums(dashboard, part, ranges)) {
      if (series.kind !== 'gauge') continue;
      const [fromRows, fromDays] = series.levels;
      const level = stepMs === DAY_ROWS.stepMs || hasEndedBucket(firstRows.get(name), at) ? fromRows : fromDays;
      levels.set(name, level?.value ?? 0);
    }
  }
  return levels;
}

function hasEndedBucket(starts: readonly (number | undefined)[] = [], at: number): boolean {
  return BUCKETS.some(({ stepMs }) => {
    const start = starts[ROWS.findIndex((row) => row.stepMs === stepMs)];
    return start !== undefined && start + stepMs <= at;
  });
}

function subtract(a: CounterTotals, b: CounterTotals): CounterTotals {
  return { added: a.added - b.added, removed: a.removed - b.removed };
}

function* slice(names: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < names.length; start += COUNTERS_PER_READ)
    yield names.slice(start, start + COUNTERS_PER_READ);
}
