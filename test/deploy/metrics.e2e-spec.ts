/** The shipped Grafana dashboards and Prometheus alerts use only metrics and labels that the service exports. */
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { startApi } from '../support/api-client.js';
import { writeHooksFile } from '../support/hooks.js';
import { readProjectFile, readTable } from '../support/markdown.js';
import { eventually } from '../support/cleanup.js';
import { type Scrape, scrape } from '../support/prometheus-scrape.js';

/** Labels that Prometheus adds to every metric, and the metric that it records about each target. */
const TARGET_LABELS = ['job', 'instance'];
const TARGET_METRICS = new Set(['up']);

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource?: object;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly datasource: object }[];
}

interface Board {
  readonly schemaVersion: number;
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[];
  };
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const EXAMPLE = 'examples/grafana';

const board = JSON.parse(readProjectFile('deploy/grafana/tallyboard.json')) as Board;
const alerts = parse(readProjectFile('deploy/prometheus/alerts.yaml')) as { groups: { name: string; rules: Rule[] }[] };
const rules = alerts.groups.flatMap((group) => group.rules);
const panels = board.panels.filter(({ type }) => type !== 'row');
const example = JSON.parse(readProjectFile(`${EXAMPLE}/dashboards/counters.json`)) as Board;

/** Replaces the variables of Grafana as a request would. */
function substituteVariables(expression: string): string {
  return expression.replaceAll(/\$__(rate_interval|range)\b/g, '1m').replaceAll(/\$(job|instance|dashboard)\b/g, '.*');
}

/** Parses the metrics of an expression, each with the labels of its selectors, and the labels that it groups by. */
function parsePromQl(expression: string): { metrics: Map<string, string[]>; grouping: string[] } {
  const metrics = new Map<string, string[]>();
  const grouping: string[] = [];
  let selected: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from, to, node }) => {
      const text = expression.slice(from, to);
      if (type.isError) throw new Error(`${expression} is not valid PromQL at ${from}`);
      if (type.name === 'VectorSelector') selected = [];
      if (type.name === 'Identifier') metrics.set(text, (selected = metrics.get(text) ?? []));
      if (type.name !== 'LabelName') return;
      (node.parent?.type.name === 'GroupingLabels' ? grouping : selected).push(text);
    },
  });
  return { metrics, grouping };
}

/** Returns the metrics and labels of an expression that a scrape lacks. */
function findMissing(metrics: Scrape, expression: string): string[] {
  const query = parsePromQl(expression);
  const known = new Set([...query.metrics.keys()].flatMap((name) => metrics.listLabels(name)).concat(TARGET_LABELS));
  return [
    ...[...query.metrics].flatMap(([name, labels]) => {
      const isTargetMetric = TARGET_METRICS.has(name);
      if (!isTargetMetric && metrics.findSamples(name).length === 0) return [`${name} in ${expression}`];
      const available = new Set([...(isTargetMetric ? [] : metrics.listLabels(name)), ...TARGET_LABELS]);
      return labels.filter((label) => !available.has(label)).map((label) => `${label} of ${name} in ${expression}`);
    }),
    ...query.grouping.filter((label) => !known.has(label)).map((label) => `${label} in ${expression}`),
  ];
}

/**
 * Scrapes every metric. Some exist only for the embedded store, some only after the process has collected garbage, and
 * those of periods only where a headline or target names one, and of hooks only where there are any.
 */
async function scrapeAllMetrics(): Promise<Scrape> {
  const HOOKS_FILE = writeHooksFile({
    shop: { provider: 'stripe', secrets: ['secret'], dashboard: 'main', rules: [{ counter: 'orders' }] },
  });
  const { url, call } = await startApi({ STORE: 'sqlite', HOOKS_FILE });
  await call('PATCH /dashboards/main', { counters: { orders: { headline: 'day' } } });
  await scrape(url);
  const garbage: unknown[] = [];
  await eventually(async () => {
    garbage.push(Array.from({ length: 100_000 }, (_, index) => ({ index })));
    return (await scrape(url)).findSamples('nodejs_gc_duration_seconds_sum').length > 0;
  });
  return scrape(url);
}

let metrics: Promise<Scrape> | undefined;

it('the parser of these tests finds the metrics, selector labels and grouping labels of an expression', () => {
  const { metrics: names, grouping } = parsePromQl(
    'sum by (le) (rate(a_bucket{x="1", y=~".*"}[5m])) / on (job) group_left (z) b > 1 and absent(c{x!="2"})',
  );
  expect([...names]).toEqual([['a_bucket', ['x', 'y']], ['b', []], ['c', ['x']]]); // prettier-ignore
  expect(grouping).toEqual(['le', 'job', 'z']);
  expect(() => parsePromQl('sum by (le (rate(a')).toThrow('is not valid PromQL');
});

describe('the Grafana dashboard', () => {
  it('uses only metrics and labels that the service exports', async () => {
    const available = await (metrics ??= scrapeAllMetrics());
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => substituteVariables(expr)));
    expect(expressions.length).toBeGreaterThan(30);
    expect(expressions.flatMap((expression) => findMissing(available, expression))).toEqual([]);
    for (const { query } of board.templating.list) {
      const [, selector = '', label = ''] =
        /^label_values\((.*), (\w+)\)$/.exec(typeof query === 'string' ? query : query.query) ?? [];
      if (query !== 'prometheus')
        expect(findMissing(available, `sum by (${label}) (${substituteVariables(selector)})`)).toEqual([]);
    }
  });

  it('aggregates over instances: sums what each counts, and takes the maximum of shared counters', () => {
    for (const { expr } of panels.flatMap(({ targets = [] }) => targets)) {
      const [, aggregation] = /^(sum|max|min|count|histogram_quantile)\b/.exec(expr) ?? [];
      const isShared = expr.includes('tallyboard_counter');
      expect([expr, aggregation]).toEqual([expr, isShared ? 'max' : expect.any(String)]);
      if (aggregation === 'histogram_quantile') expect(expr).toMatch(/, sum by \(le\) \(rate\(/);
    }
  });

  it('shows every metric of Tallyboard', async () => {
    const available = await (metrics ??= scrapeAllMetrics());
    const shown = panels.flatMap(({ targets = [] }) =>
      targets.flatMap(({ expr }) => [...parsePromQl(substituteVariables(expr)).metrics.keys()]),
    );
    const names = new Set(shown.map((name) => available.findMetric(name)));
    const notShown = ['tallyboard_dashboards'];
    expect([...available.metadata.keys()].filter((name) => name.startsWith('tallyboard_') && !names.has(name))).toEqual(
      notShown,
    );
  });

  it('is well formed: unique ids, no overlapping panels, and known data sources and variables', () => {
    expect(board.schemaVersion).toBeGreaterThanOrEqual(39);
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
    const variables = board.templating.list.map(({ name }) => name);
    expect(variables).toEqual(['DS_PROMETHEUS', 'job', 'instance', 'dashboard']);
    for (const { title, datasource, targets = [], gridPos } of panels) {
      expect([title, targets.length > 0, gridPos.x + gridPos.w <= 24]).toEqual([title, true, true]);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      for (const source of [datasource, ...targets.map((target) => target.datasource)])
        expect(source).toEqual({ type: 'prometheus', uid: '${DS_PROMETHEUS}' });
      for (const { expr } of targets)
        expect(
          expr.match(/\$\w+/g)?.filter((name) => ![...variables, '__rate_interval'].includes(name.slice(1))),
        ).toEqual([]);
    }
    const cells = board.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

describe('examples/grafana', () => {
  it('uses only metrics and labels that the service exports', async () => {
    const available = await (metrics ??= scrapeAllMetrics());
    const expressions = example.panels.flatMap(({ targets = [] }) =>
      targets.map(({ expr }) => substituteVariables(expr)),
    );
    expect(expressions.length).toBe(example.panels.length);
    expect(expressions.flatMap((expression) => findMissing(available, expression))).toEqual([]);
  });

  it('has one data source, which all panels use, and mounts the dashboards that it provisions', () => {
    const { datasources } = parse(readProjectFile(`${EXAMPLE}/provisioning/datasources/prometheus.yaml`));
    expect(datasources).toHaveLength(1);
    for (const { datasource } of example.panels)
      expect(datasource).toEqual({ type: 'prometheus', uid: datasources[0].uid });
    const { services } = parse(readProjectFile(`${EXAMPLE}/compose.yaml`));
    const { providers } = parse(readProjectFile(`${EXAMPLE}/provisioning/dashboards/tallyboard.yaml`));
    expect(services.grafana.volumes).toContain(`./dashboards:${providers[0].options.path}:ro`);
    const { scrape_configs: jobs } = parse(readProjectFile(`${EXAMPLE}/prometheus.yml`));
    expect(jobs[0].static_configs).toEqual([{ targets: ['127.0.0.1:9082'] }]);
  });
});

describe('the alert rules', () => {
  it('use only metrics and labels that the service exports', async () => {
    const available = await (metrics ??= scrapeAllMetrics());
    expect(rules.flatMap(({ expr }) => findMissing(available, expr))).toEqual([]);
  });

  it('have a severity, a summary, a description, and instructions in docs/how-to/monitor-and-alert.md', () => {
    const rows = readTable(readProjectFile('docs/how-to/monitor-and-alert.md'), 'Alert', 'What to do');
    expect(rows.map(([alert]) => alert)).toEqual(rules.map(({ alert }) => `\`${alert}\``));
    for (const { alert, for: lasting, labels, annotations } of rules) {
      expect([alert, lasting]).toEqual([alert, expect.stringMatching(/^\d+m$/)]);
      expect(alert).toMatch(/^Tallyboard[A-Z]/);
      expect(['critical', 'warning', 'info']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/^[A-Z].*[^.]$/);
      expect(annotations.description).toMatch(/\.$/);
    }
  });
});
