/** Metrics of counters: read at each scrape, and limited in number. */
import type { CounterSummary } from '../dashboard/state/counter-summary.js';
import type { CounterState } from '../dashboard/state/dashboard-state.js';
import { type MetricDefinition, toSample, type MetricSample } from './metric-definition.js';

/**
 * Returns the metrics of counters. With an embedded store, counters that were declared first come first: a new counter
 * replaces no other one, and no series disappears from Prometheus.
 * @param getSummary returns the summary of the current scrape, or undefined while the store is unavailable
 * @param maxCounters largest number of series per metric
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
      help: 'Value of a counter. This and the other counter metrics are absent while a shared store is unavailable.',
      read: () => read(({ value }) => value),
    },
    {
      name: 'tallyboard_counter_added_total',
      type: 'counter',
      help: 'Sum of all additions to a counter.',
      read: () => read(({ added }) => added),
    },
    {
      name: 'tallyboard_counter_removed_total',
      type: 'counter',
      help: 'Sum of all removals from a counter.',
      read: () => read(({ removed }) => removed),
    },
    {
      name: 'tallyboard_counters_left_out',
      type: 'gauge',
      help: 'Counters over METRICS_MAX_COUNTERS, which have no metrics of their own.',
      read: () => readTotal(({ counterCount: counters }) => Math.max(0, counters - maxCounters)),
    },
    {
      name: 'tallyboard_counters',
      type: 'gauge',
      help: 'Counters of all dashboards. With a shared store, of the first METRICS_MAX_COUNTERS dashboards.',
      read: () => readTotal(({ counterCount: counters }) => counters),
    },
    {
      name: 'tallyboard_dashboards',
      type: 'gauge',
      help: 'Dashboards. With a shared store, at most METRICS_MAX_COUNTERS.',
      read: () => readTotal(({ dashboardCount: dashboards }) => dashboards),
    },
  ];
}
