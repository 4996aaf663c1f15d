/** Definition of a Prometheus metric, and of the function that reads its values. */
import type { Histogram } from '../telemetry/histogram.js';

type MetricLabels = Readonly<Record<string, string | number>>;

export interface MetricSample {
  readonly value: number;
  readonly labels: MetricLabels;
  /** Name of the sample, if it is not that of the metric. */
  readonly metricName?: string;
}

/** A metric. Its values are read at each scrape, so nothing is stored twice and the observed code only counts. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly read: () => Iterable<MetricSample>;
}

/** Returns the sample of a metric without labels. */
export function toSample(value: number): MetricSample[] {
  return [{ value, labels: {} }];
}

/** Returns a sample for each value of one label. */
export function toSamplesBy(label: string, values: Iterable<readonly [string | number, number]>): MetricSample[] {
  return Array.from(values, ([labelValue, value]) => ({ value, labels: { [label]: labelValue } }));
}

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
