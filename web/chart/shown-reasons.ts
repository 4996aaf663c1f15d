/** The reasons of changes that concern a chart. Pure. */
import { listCountersOf } from '../../src/measures/derived-measure.js';
import type { ChartModel } from './chart-model.js';
import type { Reason } from './reason-feed.js';

/** Returns the reasons within the chart that concern its series. */
export function listShownReasons({ definition, lanes, chart }: ChartModel, reasons: readonly Reason[]): Reason[] {
  const shown = new Set(
    lanes.flatMap(({ series }) =>
      series.flatMap(({ name }) => {
        const measure = Object.hasOwn(definition.measures ?? {}, name) ? definition.measures?.[name] : undefined;
        return measure ? listCountersOf(measure) : [name];
      }),
    ),
  );
  return reasons.filter(
    ({ at, counters }) => at >= chart.from && at < chart.to && counters.some((counter) => shown.has(counter)),
  );
}
