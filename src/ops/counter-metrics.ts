/** What was counted, as metrics: read when it is asked for, and bounded however many counters there are. */
import type { CounterSummary } from '../dashboard/state/counter-summary.js';
import type { CounterState } from '../dashboard/state/dashboard-state.js';
import { type MetricDefinition, toSample, type MetricSample } from './metric-definition.js';

/**
 * Shown are the counters that come first; of a store of its own those are the ones that were declared first: a new counter takes no
 * other's place, and Prometheus sees no series come and go.
 * @param getSummary of the moment; undefined while the store cannot be asked, and then nothing is shown
 * @param maxCounters series of each metric
 */
export function createCounterMetrics(
  getSummary: () => CounterSummary | undefined,
  maxCounters: number,
): readonly MetricDefinition[] {
  function* read(valueOf: (standing: Readonly<CounterState>) => number): Iterable<MetricSample> {
    let remaining = maxCounters;
    for (const { dashboard, counterStates: standings } of getSummary()?.states ?? []) {
      for (const [counter, standing] of standings) {
        if ((remaining -= 1) < 0) return;
        yield { value: valueOf(standing), labels: { dashboard, counter } };
      }
    }
  }
  const readTotal = (valueOf: (summary: CounterSummary) => number): MetricSample[] => {
    const whole = getSummary();
    return whole ? toSample(valueOf(whole)) : [];
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
      read: () => readTotal(({ counterCount: counters }) => Math.max(0, counters - maxCounters)),
    },
    {
      name: 'tallyboard_counters',
      type: 'gauge',
      help: 'Counters of all dashboards; of a shared store those of the first METRICS_MAX_COUNTERS dashboards.',
      read: () => readTotal(({ counterCount: counters }) => counters),
    },
    {
      name: 'tallyboard_dashboards',
      type: 'gauge',
      help: 'Dashboards; of a shared store at most METRICS_MAX_COUNTERS are counted.',
      read: () => readTotal(({ dashboardCount: dashboards }) => dashboards),
    },
  ];
}
