/** What Prometheus is told of a metric, and where its values come from. */
import type { Histogram } from '../telemetry/histogram.js';

type MetricLabels = Readonly<Record<string, string | number>>;

/** One value of a metric. */
export interface MetricSample {
  readonly value: number;
  readonly labels: MetricLabels;
  /** The sample's own name, where it is not the metric's. */
  readonly metricName?: string;
}

/** A metric. Its values are read when it is scraped: nothing is kept twice, and who is observed does no more than count. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly read: () => Iterable<MetricSample>;
}

/** A metric of one value. */
export function toSample(value: number): MetricSample[] {
  return [{ value, labels: {} }];
}

/** A value for each value of one label. */
export function toSamplesBy(label: string, values: Iterable<readonly [string | number, number]>): MetricSample[] {
  return Array.from(values, ([labelValue, value]) => ({ value, labels: { [label]: labelValue } }));
}

/** A histogram, as a scrape has it. */
export function createHistogram(name: string, help: string, distribution: Histogram): MetricDefinition {
  return { name, type: 'histogram', help, read: () => toHistogramSamples(name, distribution) };
}

function toHistogramSamples(name: string, { bounds, cumulativeCounts: cumulative, sum }: Histogram): MetricSample[] {
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
