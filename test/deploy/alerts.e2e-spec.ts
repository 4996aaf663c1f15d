/** Prometheus accepts the shipped rules, configurations and metrics, and each alert fires on the fault it is for. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { createCaller } from '../support/api-client.js';
import { readProjectFile } from '../support/markdown.js';
import { Scrape } from '../support/prometheus-scrape.js';
import { type PromtoolResult, runPromtool } from '../support/promtool.js';
import { startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Fault {
  /** First minute in which the alert fires. */
  readonly atMinute: number;
  /** Samples by series, one a minute, as `promtool test rules` writes them. */
  readonly series: Readonly<Record<string, string>>;
  /** Labels of the alert besides those of the rule and of the target. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The `$value` of the description, as people read it. */
  readonly value?: string;
}

const RULES = 'deploy/prometheus/alerts.yaml';
const ACCEPTED = { code: 0, stderr: '' };
/** Metrics that tell about the load of the machine that runs the tests. */
const LOAD_METRICS = new Set(['nodejs_eventloop_lag_p99_seconds']);
const TARGET = { instance: 'tallyboard-0:8082', job: 'tallyboard' };
const rules = (parse(readProjectFile(RULES)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

/** The fault that each alert is for. Histograms are observations of between 0.25 s and 2 s, at a constant rate. */
const FAULTS: Readonly<Record<string, Fault>> = {
  TallyboardAbsent: { atMinute: 5, series: {} },
  TallyboardInstanceDown: { atMinute: 5, series: { up: '0x5' } },
  TallyboardStoreDown: { atMinute: 1, series: { tallyboard_store_up: '0x1' } },
  TallyboardDataDamaged: { atMinute: 1, series: { tallyboard_store_damage_findings: '3x1' }, value: '3' },
  TallyboardCanLoseChanges: { atMinute: 5, series: { tallyboard_store_acknowledged_durable: '0x5' } },
  TallyboardChangesUnavailable: {
    atMinute: 6,
    series: {
      'tallyboard_change_sets_total{outcome="applied"}': '0+98x10',
      'tallyboard_change_sets_total{outcome="unavailable"}': '0+2x10',
    },
    value: '2%',
  },
  TallyboardInternalErrors: {
    atMinute: 2,
    series: { 'tallyboard_refusals_total{code="internal-error"}': '0+1x11' },
    labels: { code: 'internal-error' },
    value: '2',
  },
  TallyboardRefusalsSurge: {
    atMinute: 73,
    // From 1 a second to 21.
    series: { 'tallyboard_refusals_total{code="token-invalid"}': '0+60x65 5160+1260x10' },
    value: '21',
  },
  TallyboardCommitsSlow: {
    atMinute: 11,
    series: {
      'tallyboard_commit_seconds_bucket{le="0.25"}': '0x15',
      'tallyboard_commit_seconds_bucket{le="0.5"}': '0+10x15',
      'tallyboard_commit_seconds_bucket{le="+Inf"}': '0+10x15',
    },
    value: '497.5ms',
  },
  TallyboardWalLarge: { atMinute: 15, series: { tallyboard_store_wal_bytes: '134217728x15' }, value: '128Mi' },
  TallyboardClockWrong: { atMinute: 1, series: { tallyboard_clock_offset_seconds: '2x1' } },
  TallyboardQueueNearLimit: {
    atMinute: 1,
    series: { tallyboard_change_sets_waiting: '90x1', tallyboard_change_sets_waiting_limit: '100x1' },
    value: '90%',
  },
  TallyboardViewersNearLimit: {
    atMinute: 5,
    series: {
      'tallyboard_viewers{kind="websocket"}': '80x5',
      'tallyboard_viewers{kind="sse"}': '15x5',
      tallyboard_viewers_limit: '100x5',
    },
    value: '95%',
  },
  TallyboardDescriptorsNearLimit: { atMinute: 1, series: { process_open_fds: '95x1', process_max_fds: '100x1' } },
  TallyboardFramesLate: {
    atMinute: 11,
    series: {
      'tallyboard_frame_delay_seconds_bucket{le="1"}': '0x15',
      'tallyboard_frame_delay_seconds_bucket{le="2"}': '0+10x15',
      'tallyboard_frame_delay_seconds_bucket{le="+Inf"}': '0+10x15',
    },
    value: '1.99s',
  },
  TallyboardFanOutSlow: {
    atMinute: 11,
    series: {
      'tallyboard_fanout_seconds_bucket{le="0.5"}': '0x15',
      'tallyboard_fanout_seconds_bucket{le="1"}': '0+10x15',
      'tallyboard_fanout_seconds_bucket{le="+Inf"}': '0+10x15',
    },
    value: '995ms',
  },
  TallyboardEventLoopLag: { atMinute: 5, series: { nodejs_eventloop_lag_p99_seconds: '0.3x5' }, value: '300ms' },
  TallyboardCountersLeftOut: { atMinute: 15, series: { tallyboard_counters_left_out: '7x15' }, value: '7' },
  TallyboardHookRefuses: {
    atMinute: 2,
    series: { 'tallyboard_hook_events_total{hook="shop",outcome="refused"}': '0+1x11' },
    labels: { hook: 'shop' },
    value: '2',
  },
  TallyboardHookUnauthorized: {
    atMinute: 16,
    series: { 'tallyboard_hook_events_total{hook="shop",outcome="unauthorized"}': '0+1x20' },
    labels: { hook: 'shop' },
  },
  TallyboardHookSilent: {
    // A day and a quarter of an hour after the last event.
    atMinute: 60 + 1_440 + 15,
    series: { 'tallyboard_hook_events_total{hook="shop",outcome="counted"}': '0+1x60 60x1500' },
    labels: { hook: 'shop' },
  },
  TallyboardHooksFileRefused: { atMinute: 1, series: { tallyboard_hooks_file_refused: '1x1' } },
  TallyboardNotificationsLost: {
    atMinute: 2,
    series: { tallyboard_notify_given_up_total: '0+1x11', tallyboard_notify_dropped_total: '0x11' },
    value: '2',
  },
  TallyboardNotificationsWait: { atMinute: 30, series: { tallyboard_notify_waiting: '3x30' }, value: '3' },
  TallyboardNotifyTargetDisabled: { atMinute: 5, series: { tallyboard_notify_disabled_targets: '1x5' }, value: '1' },
};

/** Formats a series with the labels of the scraped target. @param labels text, such as `le="1"` */
function formatSeries(name: string, labels?: string): string {
  const target = Object.entries(TARGET).map(([label, value]) => `${label}="${value}"`);
  return `${name}{${[...target, ...(labels ? [labels] : [])].join()}}`;
}

/** The annotations of a rule as Prometheus sends them. */
function renderAnnotations(
  { annotations }: Rule,
  labels: Readonly<Record<string, string>>,
  value = '',
): Record<string, string> {
  const render = (text: string): string =>
    text
      .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? '')
      .replaceAll(/\{\{ \$value[^}]*\}\}/g, value);
  return Object.fromEntries(Object.entries(annotations).map(([name, text]) => [name, render(text)]));
}

/** A case of `promtool test rules`: the alert fires at its minute, and not at the one before. */
function describeFault(rule: Rule, { atMinute, series, labels, value }: Fault): object {
  const target = rule.expr.startsWith('sum by (job, hook)') ? { job: TARGET.job } : TARGET;
  const exp_labels = { ...rule.labels, ...(rule.expr.startsWith('absent') ? {} : target), ...labels };
  const alert = { exp_labels, exp_annotations: renderAnnotations(rule, { ...TARGET, ...labels }, value) };
  return {
    name: rule.alert,
    interval: '1m',
    input_series: Object.entries(series).map(([text, values]) => {
      const [, name = '', labelText] = /^(\w+)(?:\{(.*)\})?$/.exec(text) ?? [];
      return { series: formatSeries(name, labelText), values };
    }),
    alert_rule_test: [
      { alertname: rule.alert, eval_time: `${atMinute - 1}m`, exp_alerts: [] },
      { alertname: rule.alert, eval_time: `${atMinute}m`, exp_alerts: [alert] },
    ],
  };
}

/** A case in which no alert fires within 80 minutes of a target whose samples stay as they are. */
function describeHealthy({ samples }: Scrape): object {
  const series = samples
    .filter(({ name }) => rules.some(({ expr }) => expr.includes(name)) && !LOAD_METRICS.has(name))
    .map(({ name, labels, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
      return { series: formatSeries(name, pairs.join()), values: `${value}x80` };
    });
  return {
    name: 'healthy',
    interval: '1m',
    input_series: [...series, { series: formatSeries('up'), values: '1x80' }],
    alert_rule_test: rules.map(({ alert }) => ({ alertname: alert, eval_time: '80m', exp_alerts: [] })),
  };
}

/** Runs cases of `promtool test rules` on the alert rules. */
function testRules(...tests: readonly object[]): PromtoolResult {
  const file = join(createTempDirectory(), 'rules-test.yaml');
  const rule_files = [fileURLToPath(new URL(`../../${RULES}`, import.meta.url))];
  writeFileSync(file, stringify({ rule_files, evaluation_interval: '1m', tests }));
  return runPromtool(['test', 'rules', file]);
}

it('promtool accepts the alert rules and the scrape configurations', () => {
  const result = runPromtool(['check', 'rules', '--lint=all', '--lint-fatal', RULES]);
  expect(result).toMatchObject(ACCEPTED);
  expect(result.stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  for (const config of ['deploy/prometheus/scrape.yaml', 'examples/grafana/prometheus.yml'])
    expect(runPromtool(['check', 'config', '--syntax-only', config])).toMatchObject(ACCEPTED);
});

it('each alert fires on the fault it is for, with the numbers in its description, and no earlier', () => {
  expect(Object.keys(FAULTS)).toEqual(rules.map(({ alert }) => alert));
  expect(testRules(...rules.map((rule) => describeFault(rule, FAULTS[rule.alert] as Fault)))).toMatchObject(ACCEPTED);
});

it('promtool finds only known names in a scrape of a running service, and no alert fires on it', async () => {
  const { url } = await startService({ STORE: 'sqlite', DATA_DIR: createTempDirectory() });
  const call = createCaller(url);
  for (const line of ['POST /order', 'DELETE /order', 'DELETE /order']) await call(line);
  const text = String((await call('GET /metrics')).body);
  const { code, stderr } = runPromtool(['check', 'metrics'], text);
  expect(stderr.trim().split('\n')).toEqual([
    // Names of prom-client.
    ...['handles', 'requests', 'resources'].map(
      (name) => `nodejs_active_${name}_total non-counter metrics should not have "_total" suffix`,
    ),
    // A counter of a dashboard, not a type.
    ...['added_total', 'removed_total', 'value'].map(
      (name) => `tallyboard_counter_${name} metric name should not include type 'counter'`,
    ),
  ]);
  // Findings of the linter only: a scrape that cannot be parsed is 1.
  expect(code).toBe(3);
  expect(testRules(describeHealthy(new Scrape(text)))).toMatchObject(ACCEPTED);
});
