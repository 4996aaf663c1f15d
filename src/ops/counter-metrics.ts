/** Metrics of counters: read at each scrape, and limited in number. */
import type { Total } from '../counters/counters.js';
import type { CounterDefinition, Period } from '../counters/definition.js';
import { toDecimalText } from '../measures/decimal.js';
import type { CounterSummary } from '../dashboard/state/counter-summary.js';
import type { CounterState, DashboardState } from '../dashboard/state/dashboard-state.js';
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
  function* listCounters(): Iterable<[DashboardState, string, Readonly<CounterState>]> {
    let remaining = maxCounters;
    for (const state of getSummary()?.states ?? []) {
      for (const [name, counter] of state.counterStates) {
        if ((remaining -= 1) < 0) return;
        yield [state, name, counter];
      }
    }
  }
  function* read(getNumber: (counter: Readonly<CounterState>) => Total): Iterable<MetricSample> {
    for (const [{ dashboard }, name, counter] of listCounters()) {
      yield toCounterSample(dashboard, name, counter.definition, getNumber(counter));
    }
  }
  function* readTotals(getNumber: (counter: Readonly<CounterState>) => Total): Iterable<MetricSample> {
    for (const [{ dashboard }, name, counter] of listCounters()) {
      if (counter.definition.kind !== 'gauge') {
        yield toCounterSample(dashboard, name, counter.definition, getNumber(counter));
      }
    }
  }
  function* readPeriods(): Iterable<MetricSample> {
    for (const [{ dashboard, periods }, name, counter] of listCounters()) {
      for (const period of listNamedPeriods(counter.definition)) {
        if (!periods?.has(period)) continue;
        const sample = toCounterSample(dashboard, name, counter.definition, periods.getNumber(period, name, counter));
        yield { ...sample, labels: { ...sample.labels, period } };
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
      help: 'Value of a counter or a gauge, in whole units: 12.5 for 1250 at scale 2. Labels unit and currency where the definition has them. This and the other counter metrics are absent while a shared store is unavailable.',
      read: () => read(({ value }) => value),
    },
    {
      name: 'tallyboard_counter_added_total',
      type: 'counter',
      help: 'Sum of all additions to a counter, in whole units. Gauges have none.',
      read: () => readTotals(({ added }) => added),
    },
    {
      name: 'tallyboard_counter_removed_total',
      type: 'counter',
      help: 'Sum of all removals from a counter, in whole units. Gauges have none.',
      read: () => readTotals(({ removed }) => removed),
    },
    {
      name: 'tallyboard_period_value',
      type: 'gauge',
      help: 'Additions less removals since the present hour, day, week, month or year of the dashboard began, in whole units, for the periods that the headline or target of a counter names. Labels dashboard, counter, period, unit, currency.',
      read: readPeriods,
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

/** Returns the periods that the headline and the target of a counter name. */
export function listNamedPeriods({ headline = 'total', target }: CounterDefinition): readonly Period[] {
  const named = [headline, target?.per].filter((period) => period !== undefined && period !== 'total');
  return [...new Set(named)];
}

function toCounterSample(
  dashboard: string,
  counter: string,
  { scale = 0, unit, currency }: CounterDefinition,
  units: Total,
): MetricSample {
  const labels = {
    dashboard,
    counter,
    ...(unit !== undefined && { unit }),
    ...(currency !== undefined && { currency }),
  };
  return { value: Number(toDecimalText(units, scale)), labels };
}
