/** What was counted, as metrics: read from the living state, and bounded however many counters there are. */
import type { DashboardService } from '../dashboard/dashboard.service.js';
import type { Standing } from '../dashboard/living.state.js';
import { type MetricDocs, one, type Sample } from './metric.docs.js';

/**
 * Shown are those that were declared first: a new counter takes no other's place, and Prometheus sees no series come and go.
 * @param most series of each metric
 */
export function counterMetrics(dashboards: DashboardService, most: number): readonly MetricDocs[] {
  function* read(valueOf: (standing: Readonly<Standing>) => number): Iterable<Sample> {
    let left = most;
    for (const { dashboard, standings } of dashboards.all) {
      for (const [counter, standing] of standings) {
        if ((left -= 1) < 0) return;
        yield { value: valueOf(standing), labels: { dashboard, counter } };
      }
    }
  }
  const count = (): number => {
    let counters = 0;
    for (const { counterCount } of dashboards.all) counters += counterCount;
    return counters;
  };
  return [
    {
      name: 'tallyboard_counter_value',
      type: 'gauge',
      help: 'Value of a counter. Of a shared store, here and below: of the dashboards that are watched on this instance.',
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
      read: () => one(Math.max(0, count() - most)),
    },
    {
      name: 'tallyboard_counters',
      type: 'gauge',
      help: 'Counters of all dashboards that this instance knows.',
      read: () => one(count()),
    },
    {
      name: 'tallyboard_dashboards',
      type: 'gauge',
      help: 'Dashboards that this instance knows: all, or of a shared store those that are watched here.',
      read: () => one([...dashboards.all].length),
    },
  ];
}
