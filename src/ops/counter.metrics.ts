/** What was counted, as metrics: read when it is asked for, and bounded however many counters there are. */
import type { CounterSummary } from '../dashboard/state/counter-summary.js';
import type { CounterState } from '../dashboard/state/dashboard-state.js';
import { type MetricDocs, one, type Sample } from './metric-definition.js';

/**
 * Shown are the counters that come first; of a store of its own those are the ones that were declared first: a new counter takes no
 * other's place, and Prometheus sees no series come and go.
 * @param census of the moment; undefined while the store cannot be asked, and then nothing is shown
 * @param most series of each metric
 */
export function counterMetrics(census: () => CounterSummary | undefined, most: number): readonly MetricDocs[] {
  function* read(valueOf: (standing: Readonly<CounterState>) => number): Iterable<Sample> {
    let left = most;
    for (const { dashboard, counterStates: standings } of census()?.states ?? []) {
      for (const [counter, standing] of standings) {
        if ((left -= 1) < 0) return;
        yield { value: valueOf(standing), labels: { dashboard, counter } };
      }
    }
  }
  const ofAll = (valueOf: (whole: CounterSummary) => number): Sample[] => {
    const whole = census();
    return whole ? one(valueOf(whole)) : [];
  };
  return [
    {
      name: 'tallyboard_counter_value',
      type: 'gauge',
      help: 'Value of a counter. While a shared store cannot be asked, here and below: nothing.',
      read: () => read(({ value }) => value),
    },
    {
      name: 'tallyboard_counter_added_total',
      type: 'counter',
      help: 'All that was ever added to a counter.',
      read: () => read(({ added }) => added),
    },
    {
      name: 'tallyboard_counter_removed_total',
      type: 'counter',
      help: 'All that was ever removed from a counter.',
      read: () => read(({ removed }) => removed),
    },
    {
      name: 'tallyboard_counters_left_out',
      type: 'gauge',
      help: 'Counters beyond METRICS_MAX_COUNTERS, whose values are not among the metrics.',
      read: () => ofAll(({ counterCount: counters }) => Math.max(0, counters - most)),
    },
    {
      name: 'tallyboard_counters',
      type: 'gauge',
      help: 'Counters of all dashboards; of a shared store those of the first METRICS_MAX_COUNTERS dashboards.',
      read: () => ofAll(({ counterCount: counters }) => counters),
    },
    {
      name: 'tallyboard_dashboards',
      type: 'gauge',
      help: 'Dashboards; of a shared store at most METRICS_MAX_COUNTERS are counted.',
      read: () => ofAll(({ dashboardCount: dashboards }) => dashboards),
    },
  ];
}
