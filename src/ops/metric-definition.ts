/** What Prometheus is told of a metric, and where its values come from. */
import type { Histogram } from '../telemetry/histogram.js';

type Labels = Readonly<Record<string, string | number>>;

/** One value of a metric. */
export interface Sample {
  readonly value: number;
  readonly labels: Labels;
  /** The sample's own name, where it is not the metric's. */
  readonly metricName?: string;
}

/** A metric. Its values are read when it is scraped: nothing is kept twice, and who is observed does no more than count. */
export interface MetricDocs {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly read: () => Iterable<Sample>;
}

/** A metric of one value. */
export function one(value: number): Sample[] {
  return [{ value, labels: {} }];
}

/** A value for each value of one label. */
export function by(label: string, values: Iterable<readonly [string | number, number]>): Sample[] {
  return Array.from(values, ([of, value]) => ({ value, labels: { [label]: of } }));
}

/** A histogram, as a scrape has it. */
export function histogram(name: string, help: string, distribution: Histogram): MetricDocs {
  return { name, type: 'histogram', help, read: () => bucketsOf(name, distribution) };
}

function bucketsOf(name: string, { bounds, cumulativeCounts: cumulative, sum }: Histogram): Sample[] {
  const buckets = cumulative.map((value, index) => ({
    metricName: `${name}_bucket`,
    labels: { le: bounds[index] ?? '+Inf' },
    value,
  }));
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: {}, value: sum },
    { metricName: `${name}_count`, labels: {}, value: cumulative.at(-1) ?? 0 },
  ];
}
