/** Reads states of dashboards from the upstream, in the name of the relay. */
import { setTimeout as pause } from 'node:timers/promises';
import { type DescribeOptions, listDashboards, readDefinition } from '../../client/dashboards.js';
import { readSnapshot } from '../../client/snapshot.js';
import type { Dashboard, PeriodNumbers, Snapshot, TimeSpan } from '../../counters/counters.js';
import { PERIODS } from '../../counters/definition.js';
import { TallyError } from '../../counters/errors.js';
import type { CounterSums, GaugeLevels, RowRange } from '../store.js';
import type { DashboardSummary } from '../store-events.js';
import { toDashboard } from './dashboard-codec.js';
import { toReadError, type Upstream } from './upstream.js';

/** Attempts to read a definition and a snapshot that fit, or periods that have begun, and the delay between two. */
const MAX_ATTEMPTS = 25;
const RETRY_DELAY_MS = 100;

/** Returns the present day of a dashboard. */
export async function readDay(url: URL, options: DescribeOptions): Promise<TimeSpan | undefined> {
  return (await readSnapshot(url, { ...options, periods: ['day'] })).periods?.day;
}

export class DashboardReader {
  constructor(private readonly upstream: Upstream) {}

  /** @throws TallyError `unknown-dashboard`, `store-unavailable` */
  readDashboard(dashboard: string): Promise<Dashboard> {
    const { url, readOptions } = this.upstream;
    const options = { ...readOptions, dashboard };
    return readRepeatedly(async () => {
      const [definition, snapshot] = await Promise.all([
        readDefinition(url, options),
        readSnapshot(url, { ...options, totals: true, periods: ['day'] }),
      ]);
      return toDashboard(definition, snapshot, snapshot.periods?.day);
    });
  }

  /** @throws TallyError `store-unavailable` */
  async listDashboards(): Promise<readonly DashboardSummary[]> {
    try {
      return await listDashboards(this.upstream.url, this.upstream.readOptions);
    } catch (error) {
      throw toReadError(error);
    }
  }

  /**
   * Reads the sums of present periods, all from one moment.
   * @param ranges each from the start of a present hour, day, week, month or year to the end of time
   * @throws TallyError `unknown-dashboard`, `unknown-counter`, `store-unavailable`; also where the upstream is in
   *   another period: then its clock and that of the relay are seconds apart
   */
  readSums(
    dashboard: string,
    names: readonly string[],
    ranges: readonly RowRange[],
  ): Promise<ReadonlyMap<string, CounterSums | GaugeLevels>> {
    const { url, readOptions } = this.upstream;
    return readRepeatedly(async () => {
      const snapshot = await readSnapshot(url, { ...readOptions, dashboard, totals: true, periods: PERIODS });
      const present = ranges.map(({ start }) =>
        PERIODS.map((period) => snapshot.periods?.[period]).find((numbers) => numbers?.start === start),
      );
      if (present.includes(undefined)) return undefined;
      return new Map(names.map((name) => [name, toPeriodSums(snapshot, present, name)]));
    });
  }
}

/** Reads until there is a result. @throws TallyError of the upstream; `store-unavailable` if there is none in time */
async function readRepeatedly<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    let result: T | undefined;
    try {
      result = await read();
    } catch (error) {
      throw error instanceof TallyError ? error : toReadError(error);
    }
    if (result !== undefined) return result;
    await pause(RETRY_DELAY_MS);
  }
  throw new TallyError(
    'store-unavailable',
    'the upstream tells of several states at once: check that its clock is right',
  );
}

/**
 * @param present numbers of each period to return
 * @throws TallyError `unknown-counter`
 */
function toPeriodSums(
  { dashboard, counters, added }: Snapshot,
  present: readonly (PeriodNumbers | undefined)[],
  name: string,
): CounterSums | GaugeLevels {
  const value = counters[name];
  if (value === undefined) throw new TallyError('unknown-counter', `${dashboard} has no counter named ${name}`);
  const sum = added?.[name];
  // A gauge has no totals.
  if (sum === undefined) return { kind: 'gauge', levels: [] };
  return {
    kind: 'counter',
    totals: { added: BigInt(sum), removed: BigInt(sum) - BigInt(value) },
    sums: present.map((numbers) => ({
      added: BigInt(numbers?.added[name] ?? 0),
      removed: BigInt(numbers?.removed[name] ?? 0),
      value,
    })),
  };
}
