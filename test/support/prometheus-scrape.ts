/** What a scrape of metrics says: every sample by name and labels, read as strictly as Prometheus reads it. */

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
/** What the samples of a histogram are called behind its name. */
const HISTOGRAM_SUFFIX = /_(bucket|sum|count)$/;

export class Scrape {
  readonly metadata = new Map<string, MetricMetadata>();
  readonly samples: readonly MetricSample[];

  /** @throws Error at a line that is not of the format, a sample without a head, or one that comes twice */
  constructor(text: string) {
    const seen = new Set<string>();
    this.samples = text.split('\n').flatMap((line) => {
      const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
      if (kind) this.#mergeMetadata(name, kind === 'HELP' ? { help: rest } : { type: rest });
      if (line === '' || kind) return [];
      const sample = parseSample(line);
      const id = line.slice(0, line.lastIndexOf(' '));
      if (seen.has(id)) throw new Error(`${id} comes twice`);
      seen.add(id);
      this.findMetric(sample.name);
      return [sample];
    });
  }

  /** The metric that a sample belongs to. */
  findMetric(sample: string): string {
    const base = sample.replace(HISTOGRAM_SUFFIX, '');
    if (this.metadata.get(base)?.type === 'histogram' || this.metadata.get(base)?.type === 'summary') return base;
    if (!this.metadata.has(sample)) throw new Error(`${sample} has no type`);
    return sample;
  }

  /** The samples of a name that have these labels, among others. */
  findSamples(name: string, labels: Readonly<Record<string, string>> = {}): readonly MetricSample[] {
    const entries = Object.entries(labels);
    return this.samples.filter(
      (sample) => sample.name === name && entries.every(([key, expected]) => sample.labels[key] === expected),
    );
  }

  /** The value of the one sample of a name that has these labels. @throws Error when there is none, or more than one */
  getValue(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const [first, ...others] = this.findSamples(name, labels);
    if (!first || others.length > 0) throw new Error(`${first ? others.length + 1 : 'no'} samples of ${name}`);
    return first.value;
  }

  /** The values of a name by one label. */
  groupByLabel(name: string, label: string): Readonly<Record<string, number>> {
    return Object.fromEntries(this.findSamples(name).map(({ labels, value }) => [labels[label] ?? '', value]));
  }

  /** The labels that the samples of a name have. */
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
  if (!name) throw new Error(`${line} is no sample`);
  const pairs = [...labels.matchAll(LABEL)];
  if (pairs.map(([pair]) => pair).join('') !== labels) throw new Error(`${line} has labels that cannot be read`);
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, key = '', text = '']) => [key, text])),
    value: Number(value.replace('Inf', 'Infinity').replace('Nan', 'NaN')),
  };
}

/** Scrapes a service. */
export async function scrape(url: string): Promise<Scrape> {
  const response = await fetch(url.endsWith('/metrics') ? url : `${url}/metrics`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${text}`);
  return new Scrape(text);
}
