/** Reads from the store what present periods need: the totals of the counters at the start of each. */
import { toTotal, type TimeSpan } from '../../counters/counters.js';
import type { Period, Reckoning } from '../../counters/definition.js';
import { TallyError } from '../../counters/errors.js';
import { haveSamePeriods } from '../../measures/reckoning.js';
import { BUCKETS, type CounterStore, DAY_ROWS, MAX_SUMS, type RowRange } from '../../store/store.js';
import type { DashboardState } from './dashboard-state.js';
import { OpenPeriods } from './open-periods.js';

const [, MINUTE] = BUCKETS;
/** Attempts to read when a counter was deleted: the state of this instance follows the store slightly later. */
const MAX_ATTEMPTS = 10;

/**
 * Opens periods of a state, unless they are open. Those that have ended at `nowMs` begin anew.
 * @param nowMs milliseconds since the Unix epoch
 * @param isReloaded true to read periods that are open too: what they start from may no longer hold
 * @throws TallyError as `CounterStore.readSums`
 */
export async function openPeriods(
  store: CounterStore,
  state: DashboardState,
  reckoning: Reckoning,
  periods: readonly Period[],
  nowMs: number,
  isReloaded = false,
): Promise<void> {
  const { periods: known } = state;
  const isKept = known && !isReloaded && !known.isOutdated && haveSamePeriods(known.reckoning, reckoning);
  const open = isKept ? known : new OpenPeriods(reckoning, state.day);
  // Viewers may watch other periods than the caller.
  const wanted = new Set([...periods, ...(known?.list ?? [])]);
  const missing = [...wanted].filter((period) => !open.has(period));
  for (let attempt = 1; missing.length > 0; attempt += 1) {
    try {
      await load(store, state, open, missing, nowMs);
      break;
    } catch (error) {
      const isGone = error instanceof TallyError && error.code === 'unknown-counter';
      if (!isGone || attempt === MAX_ATTEMPTS) throw error;
    }
  }
  state.periods = open;
  open.advance(nowMs, state.counterStates);
}

async function load(
  store: CounterStore,
  state: DashboardState,
  open: OpenPeriods,
  periods: readonly Period[],
  nowMs: number,
): Promise<void> {
  const names = [...state.counterNames];
  const spans = periods.map((period) => open.findSpan(period, nowMs));
  const ranges = spans.map((span, index) => createRange(periods[index] ?? 'day', span));
  const startTotals = periods.map(() => new Map<string, ReturnType<typeof subtractSums>>());
  const namesPerRead = Math.floor(MAX_SUMS / ranges.length);
  for (let offset = 0; offset < names.length; offset += namesPerRead) {
    const part = await store.readSums(state.dashboard, names.slice(offset, offset + namesPerRead), ranges);
    for (const [name, series] of part) {
      if (series.kind === 'gauge') continue;
      for (const [index, sums] of series.sums.entries()) {
        startTotals[index]?.set(name, subtractSums(series.totals, sums));
      }
    }
  }
  for (const [index, period] of periods.entries()) {
    const [span, totals] = [spans[index], startTotals[index]];
    if (span && totals && !open.has(period)) open.open(period, span, totals);
  }
}

/** Up to the end of time: the sums and the totals, which are of one moment, then differ by the start alone. */
function createRange(period: Period, { start }: TimeSpan): RowRange {
  return { stepMs: period === 'hour' ? MINUTE.stepMs : DAY_ROWS.stepMs, start, end: Number.MAX_SAFE_INTEGER };
}

interface BigTotals {
  readonly added: bigint;
  readonly removed: bigint;
}

function subtractSums(totals: BigTotals, sums: BigTotals) {
  return { added: toTotal(totals.added - sums.added), removed: toTotal(totals.removed - sums.removed) };
}
