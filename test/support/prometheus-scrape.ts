/** Parses a scrape in the Prometheus text format, as strictly as Prometheus does. */

interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface MetricMetadata {
  readonly type: string;
  readonly help: string;
}

const SAMPLE_LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (Nan|[+-]?Inf|-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\n"])*)"(?:,|$)/gy;
/** Suffixes of the sample names of a histogram. */
const HISTOGRAM_SUFFIX = /_(bucket|sum|count)$/;

export class Scrape {
  readonly metadata = new Map<string, MetricMetadata>();
  readonly samples: readonly MetricSample[];

  /** @throws Error on an invalid line, a sample without metadata, or a duplicate sample */
  constructor(text: string) {
    const seen = new Set<string>();
    this.samples = text.split('\n').flatMap((line) => {
      const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
      if (kind) this.#mergeMetadata(name, kind === 'HELP' ? { help: rest } : { type: rest });
      if (line === '' || kind) return [];
      const sample = parseSample(line);
      const id = line.slice(0, line.lastIndexOf(' '));
      if (seen.has(id)) throw new Error(`${id} is a duplicate sample`);
      seen.add(id);
      this.findMetric(sample.name);
      return [sample];
    });
  }

  /** Returns the name of the metric that a sample belongs to. @throws Error if it has no metadata */
  findMetric(sample: string): string {
    const base = sample.replace(HISTOGRAM_SUFFIX, '');
    if (this.metadata.get(base)?.type === 'histogram' || this.metadata.get(base)?.type === 'summary') return base;
    if (!this.metadata.has(sample)) throw new Error(`${sample} has no type`);
    return sample;
  }

  /** Returns the samples of a name that have at least these labels. */
  findSamples(name: string, labels: Readonly<Record<string, string>> = {}): readonly MetricSample[] {
    const entries = Object.entries(labels);
    return this.samples.filter(
      (sample) => sample.name === name && entries.every(([key, expected]) => sample.labels[key] === expected),
    );
  }

  /** Returns the value of the sample with at least these labels. @throws Error unless there is exactly one */
  getValue(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const [first, ...others] = this.findSamples(name, labels);
    if (!first || others.length > 0) throw new Error(`${first ? others.length + 1 : 'no'} samples of ${name}`);
    return first.value;
  }

  /** Returns the values of a name, keyed by one label. */
  groupByLabel(name: string, label: string): Readonly<Record<string, number>> {
    return Object.fromEntries(this.findSamples(name).map(({ labels, value }) => [labels[label] ?? '', value]));
  }

  /** Lists the label names of all samples of a name. */
  listLabels(name: string): readonly string[] {
    return [...new Set(this.findSamples(name).flatMap(({ labels }) => Object.keys(labels)))];
  }

  #mergeMetadata(name: string, part: Partial<MetricMetadata>): void {
    const existing = this.metadata.get(name) ?? { type: '', help: '' };
    this.metadata.set(name, { ...existing, ...part });
  }
}

function parseSample(line: string): MetricSample {
  const [, name = '', labels = '', value = ''] = SAMPLE_LINE.exec(line) ?? [];
  if (!name) throw new Error(`not a valid sample: ${line}`);
  const pairs = [...labels.matchAll(LABEL)];
  if (pairs.map(([pair]) => pair).join('') !== labels) throw new Error(`invalid labels: ${line}`);
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, key = '', text = '']) => [key, text])),
    value: Number(value.replace('Inf', 'Infinity').replace('Nan', 'NaN')),
  };
}

/** Scrapes a service. @param url of the service, or of its metrics */
export async function scrape(url: string): Promise<Scrape> {
  const response = await fetch(url.endsWith('/metrics') ? url : `${url}/metrics`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${text}`);
  return new Scrape(text);
}
