/** Merges the metrics of the processes of one service into one scrape. */
import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** A metric with its values, as prom-client gives it. It crosses processes. */
export type MetricFamily = MetricObjectWithValues<MetricValue<string>>;

export interface MetricSource {
  readonly families: readonly MetricFamily[];
  /** Number of the worker. Absent: the process with the store. */
  readonly worker?: number;
}

/** Metrics of workers: connections, viewers and frames. The process with the store has all others. */
const OF_WORKERS = /^tallyboard_(viewers|upgrades|connections|frames?|states|fanout)/;
/** Metrics that every process has: they are added up. */
const OF_ALL = /^tallyboard_(refusals|descriptor)/;
const OF_SERVICE = /^tallyboard_/;

/**
 * Returns the metrics of all in the text format of Prometheus. What workers do for themselves is added up. Metrics of
 * processes have the label `worker`, except those of the process with the store.
 *
 * Where each worker has a connection to the store of its own, there is no process with the store: then counts are added
 * up, and the other numbers are those of the first worker.
 */
export function mergeMetrics(sources: readonly MetricSource[]): Promise<string> {
  const hasOwner = sources.some(({ worker }) => worker === undefined);
  const parts = sources.map(({ families, worker }, index) =>
    families.flatMap((family) => {
      if (!OF_SERVICE.test(family.name)) return [worker === undefined ? family : labelWith(family, worker)];
      if (OF_ALL.test(family.name)) return [family];
      if (OF_WORKERS.test(family.name)) return worker === undefined ? [] : [family];
      if (hasOwner) return worker === undefined ? [family] : [];
      return String(family.type) === 'gauge' && index > 0 ? [] : [family];
    }),
  );
  // Labels tell apart what must not be added up.
  const summed = parts.map((families) => families.map((family) => ({ ...family, aggregator: 'sum' as const })));
  return AggregatorRegistry.aggregate(summed).metrics();
}

function labelWith(family: MetricFamily, worker: number): MetricFamily {
  return { ...family, values: family.values.map((value) => ({ ...value, labels: { ...value.labels, worker } })) };
}
