/** Metrics of a whole application after real changes, viewers and refusals: exact and bounded in number. */
import { MAX_VALUE } from '../../src/counters/counters.js';
import { DashboardService } from '../../src/dashboard/dashboard.service.js';
import { Metrics } from '../../src/ops/metrics.js';
import { CounterStore } from '../../src/store/store.js';
import { startApi, startShop } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { Scrape, scrape } from '../support/prometheus-scrape.js';
import { encodeClientFrame } from '../harness/websocket-frames.js';
import { formatHandshake } from '../harness/http-text.js';
import { connectRaw, type RawClient, watchRaw } from '../support/raw-http.js';
import { watchSse } from '../support/sse-viewer.js';
import { watchBare, watchV1 } from '../support/websocket-viewer.js';

const VALUE = 'tallyboard_counter_value';
const ADDED = 'tallyboard_counter_added_total';
const REMOVED = 'tallyboard_counter_removed_total';

it('the response has the Prometheus media type, and HEAD returns the same headers', async () => {
  const { url } = await startApi({ STORE: 'memory' });
  for (const method of ['GET', 'HEAD']) {
    const response = await fetch(`${url}/metrics`, { method });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1_000);
    expect((await response.text()).length > 0).toBe(method === 'GET');
  }
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
});

it('values and totals of counters are exact', async () => {
  const { url, call } = await startShop();
  await call('POST /dashboards/shop/counters/sales/add', { amount: 5 });
  await call('POST /dashboards/shop/counters/sales/remove', { amount: 2 });
  await call('POST /order');
  const metrics = await scrape(url);
  const of = (name: string) =>
    metrics.findSamples(name).map(({ labels, value }) => [labels['dashboard'], labels['counter'], value]);
  const rest = [['main', 'customers', 0], ['main', 'products', 0]]; // prettier-ignore
  expect(of(VALUE)).toEqual([['main', 'orders', 1], ...rest, ['shop', 'sales', 3], ['shop', 'visits', 0]]);
  expect(of(ADDED)).toEqual([['main', 'orders', 1], ...rest, ['shop', 'sales', 5], ['shop', 'visits', 0]]);
  expect(of(REMOVED)).toEqual([['main', 'orders', 0], ...rest, ['shop', 'sales', 2], ['shop', 'visits', 0]]);
  expect(metrics.getValue('tallyboard_counters')).toBe(5);
  expect(metrics.getValue('tallyboard_dashboards')).toBe(2);
  expect(metrics.metadata.get(VALUE)?.type).toBe('gauge');
  expect(metrics.metadata.get(ADDED)?.type).toBe('counter');
});

it('only the first METRICS_MAX_COUNTERS counters have metrics, and deleted ones disappear', async () => {
  const { url, call } = await startShop({ METRICS_MAX_COUNTERS: 4 });
  const shown = async () => {
    const metrics = await scrape(url);
    const names = [VALUE, ADDED, REMOVED].map((name) =>
      metrics
        .findSamples(name)
        .map(({ labels }) => labels['counter'])
        .join(),
    );
    expect(new Set(names).size).toBe(1);
    return [names[0], metrics.getValue('tallyboard_counters_left_out')];
  };
  expect(await shown()).toEqual(['orders,customers,products,sales', 1]);
  // Counters are ordered by creation, and on Redis, where instances share them, by name.
  const newer = process.env['TEST_REDIS_URL'] ? 'z-shop' : 'a-shop';
  await call(`PUT /dashboards/${newer}`, { counters: { early: {}, late: {} } });
  expect(await shown()).toEqual(['orders,customers,products,sales', 3]);
  await call('DELETE /dashboards/shop/counters/sales');
  expect(await shown()).toEqual(['orders,customers,products,visits', 2]);
  await call('DELETE /dashboards/shop');
  expect(await shown()).toEqual(['orders,customers,products,early', 1]);
  await call(`DELETE /dashboards/${newer}`);
  expect(await shown()).toEqual(['orders,customers,products', 0]);
});

it('totals beyond 2^53 are rounded to the nearest double and never decrease', async () => {
  const { url, call } = await startApi();
  let last = 0;
  for (let turn = 1; turn <= 4; turn += 1) {
    for (const changes of [[{ counter: 'orders', to: MAX_VALUE }], [{ counter: 'orders', to: turn }]]) {
      expect((await call('POST /dashboards/main/changes', { changes })).status).toBe(200);
      const removed = (await scrape(url)).getValue(REMOVED, { counter: 'orders' });
      expect(removed).toBeGreaterThanOrEqual(last);
      last = removed;
    }
  }
  const metrics = await scrape(url);
  expect(metrics.getValue(VALUE, { counter: 'orders' })).toBe(4);
  expect(metrics.getValue(ADDED, { counter: 'orders' })).toBe(Number(4n * BigInt(MAX_VALUE) - 6n));
});

it('change sets are counted by outcome, and applied ones by duration and commit', async () => {
  const { app, url, call } = await startApi();
  for (let turn = 0; turn < 2; turn += 1) await call('POST /order', undefined, { 'Idempotency-Key': 'once' });
  for (let turn = 0; turn < 2; turn += 1) await call('DELETE /product', undefined, { 'Idempotency-Key': 'never' });
  await call('POST /sign-up');
  const line = (changes: object[]) => JSON.stringify({ dashboard: 'main', changes });
  const lines = [
    line([{ counter: 'orders', by: 1 }]),
    line([{ counter: 'products', by: -1 }]),
    line([{ counter: 'orders', by: 2 }]),
  ];
  const headers = { 'Content-Type': 'application/x-ndjson' };
  await (await fetch(`${url}/changes`, { method: 'POST', headers, body: lines.join('\n') })).text();

  const metrics = await scrape(url);
  const outcomes = { applied: 4, replayed: 2, refused: 2, unavailable: 0 };
  expect(metrics.groupByLabel('tallyboard_change_sets_total', 'outcome')).toEqual(outcomes);
  expect(metrics.getValue('tallyboard_change_durable_seconds_count')).toBe(4);
  expect(metrics.getValue('tallyboard_change_durable_seconds_bucket', { le: '+Inf' })).toBe(4);
  expect(metrics.getValue('tallyboard_change_durable_seconds_sum')).toBeGreaterThan(0);
  expect(metrics.getValue('tallyboard_commit_change_sets_sum')).toBe(8);
  const commits = metrics.getValue('tallyboard_commit_change_sets_count');
  expect(metrics.getValue('tallyboard_commit_seconds_count')).toBe(commits);
  expect(commits).toBeGreaterThanOrEqual(6);
  expect(metrics.getValue('tallyboard_commit_change_sets_bucket', { le: '4' })).toBe(commits);

  const dashboards = app.get(DashboardService);
  const change = () => dashboards.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] });
  const changes: Promise<unknown>[] = [];
  const getSummary = dashboards.getSummary.bind(dashboards);
  // A scrape awaits the summary last.
  import.meta.jest.spyOn(dashboards, 'getSummary').mockImplementationOnce(async (maxCounters) => {
    const summary = await getSummary(maxCounters);
    changes.push(...Array.from({ length: 10 }, change));
    return summary;
  });
  const waiting = new Scrape(await app.get(Metrics).render());
  expect(waiting.getValue('tallyboard_change_sets_waiting')).toBe(10);
  expect(waiting.getValue('tallyboard_change_sets_waiting_limit')).toBe(50_000);
  await Promise.all(changes);
  expect((await scrape(url)).getValue('tallyboard_change_sets_waiting')).toBe(0);
});

it('an unavailable store is reported as down, and refused changes are counted', async () => {
  const { app, url, call } = await startApi({ STORE: 'memory' });
  expect((await scrape(url)).getValue('tallyboard_store_up')).toBe(1);
  await app.get(CounterStore).close();
  expect((await call('POST /order')).status).toBe(503);
  const metrics = await scrape(url);
  expect(metrics.getValue('tallyboard_store_up')).toBe(0);
  expect(metrics.groupByLabel('tallyboard_change_sets_total', 'outcome')).toMatchObject({ applied: 0, unavailable: 1 });
  expect(metrics.getValue('tallyboard_refusals_total', { code: 'store-unavailable' })).toBe(1);
});

it('viewers are counted by kind and close code, and handshakes are counted', async () => {
  const { url, port } = await startApi({ STORE: 'memory', MAX_VIEWERS: 4 });
  const bare = await watchBare(url);
  const totals = await watchV1(url, '/dashboard?totals');
  const raw = await watchRaw(port);
  const stream = await watchSse(`${url}/dashboard`);
  const refused = await connectRaw(port);
  refused.send(formatHandshake());
  expect((await refused.readResponse()).status).toBe(503);

  const before = await scrape(url);
  expect(before.groupByLabel('tallyboard_viewers', 'kind')).toEqual({ bare: 2, v1: 1, sse: 1, ledger: 0 });
  expect(before.getValue('tallyboard_viewers_limit')).toBe(4);
  expect(before.getValue('tallyboard_upgrades_total')).toBe(4);
  expect(before.getValue('tallyboard_refusals_total', { code: 'too-many-viewers' })).toBe(1);

  bare.socket.close(1_000);
  totals.socket.close(4_999);
  raw.send(encodeClientFrame(0x81, 'x'.repeat(5_000)));
  stream.response.destroy();
  await eventually(async () => (await scrape(url)).findSamples('tallyboard_viewers').every(({ value }) => value === 0));
  const after = await scrape(url);
  const closed = Object.entries(after.groupByLabel('tallyboard_viewers_closed_total', 'code')).filter(
    ([, count]) => count > 0,
  );
  expect(Object.fromEntries(closed)).toEqual({ 1000: 1, 1009: 1, none: 1, other: 1 });
  expect(after.groupByLabel('tallyboard_viewers_entered_total', 'kind')).toEqual({ bare: 2, v1: 1, sse: 1, ledger: 0 });
});

it('closed pending connections are counted', async () => {
  const { url, port } = await startApi({ STORE: 'memory', MAX_PENDING_CONNECTIONS: 16 });
  const idle: RawClient[] = [];
  for (let index = 0; index < 20; index += 1) idle.push(await connectRaw(port));
  await eventually(() => idle.filter(({ closed }) => closed).length >= 4);
  const metrics = await scrape(url);
  expect(metrics.groupByLabel('tallyboard_connections_dropped_total', 'reason')).toEqual({
    pending: idle.filter(({ closed }) => closed).length,
    idle: 0,
    stalled: 0,
  });
});

it('frames, their bytes, and states that no frame showed are counted', async () => {
  const { url, call } = await startApi();
  const viewers = [await watchBare(url), await watchV1(url)] as const;
  await Promise.all(Array.from({ length: 20 }, () => call('POST /order')));
  for (const viewer of viewers) await viewer.waitForValues({ orders: 20 });
  await eventually(async () => {
    const now = await scrape(url);
    return now.getValue('tallyboard_states_conflated_total') + now.getValue('tallyboard_fanout_seconds_count') === 20;
  });
  const metrics = await scrape(url);
  const frames = viewers.flatMap((viewer): object[] => viewer.frames);
  expect(metrics.getValue('tallyboard_frames_total')).toBe(frames.length);
  const sizes = frames.map((frame) => JSON.stringify(frame).length).map((bytes) => bytes + (bytes < 126 ? 2 : 4));
  expect(metrics.getValue('tallyboard_frame_bytes_total')).toBe(sizes.reduce((sum, bytes) => sum + bytes, 0));
  expect(metrics.getValue('tallyboard_frames_passed_over_total')).toBe(0);
  expect(metrics.getValue('tallyboard_frame_delay_seconds_count')).toBe(
    metrics.getValue('tallyboard_fanout_seconds_count'),
  );
  const delay = metrics.getValue('tallyboard_frame_delay_seconds_sum');
  expect(delay).toBeGreaterThan(metrics.getValue('tallyboard_fanout_seconds_sum'));
});

it('refusals are counted by code, and every code starts at 0', async () => {
  const { url, call } = await startApi({ STORE: 'memory' });
  const before = (await scrape(url)).groupByLabel('tallyboard_refusals_total', 'code');
  expect(before).toMatchObject({ overloaded: 0, 'nothing-to-remove': 0, 'unknown-route': 0 });
  for (const asked of ['DELETE /order', 'DELETE /order', 'GET /nowhere', 'POST /metrics']) await call(asked);
  const after = (await scrape(url)).groupByLabel('tallyboard_refusals_total', 'code');
  const more = Object.entries(after).filter(([code, count]) => count !== before[code]);
  expect(Object.fromEntries(more)).toEqual({ 'nothing-to-remove': 2, 'unknown-route': 1, 'method-not-allowed': 1 });
});

it('metrics include the process and the build', async () => {
  const { url } = await startApi({ STORE: 'memory' });
  // The event loop lag is measured since the last scrape.
  await scrape(url);
  await eventually(async () => (await scrape(url)).getValue('nodejs_eventloop_lag_p99_seconds') > 0);
  const metrics = await scrape(url);
  const { labels, value } = metrics.findSamples('tallyboard_build_info')[0] ?? {};
  expect([labels, value]).toEqual([{ version: '0.1.0', node: process.version }, 1]);
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_heap_size_used_bytes'])
    expect(metrics.getValue(name)).toBeGreaterThan(0);
});

it('counters have metrics in whole units, with unit or currency, and the periods that a headline or target names', async () => {
  const { call } = await startApi({ STORE: 'memory', TIME_ZONE: 'Asia/Tokyo' });
  await call('PUT /dashboards/shop', {
    counters: {
      revenue: { currency: 'EUR', headline: 'day', target: { value: 500_000, per: 'month' } },
      stock: { kind: 'gauge', unit: 'kg', scale: 3 },
    },
  });
  const changes = [
    { counter: 'revenue', by: 124_810 },
    { counter: 'revenue', by: -5 },
    { counter: 'stock', to: 1_500 },
  ];
  await call('POST /dashboards/shop/changes', { changes });
  const lines = String((await call('GET /metrics')).body).split('\n');
  const shop = lines.filter((line) => line.includes('dashboard="shop"'));
  expect(shop.toSorted()).toEqual([
    'tallyboard_counter_added_total{dashboard="shop",counter="revenue",currency="EUR"} 1248.1',
    'tallyboard_counter_removed_total{dashboard="shop",counter="revenue",currency="EUR"} 0.05',
    'tallyboard_counter_value{dashboard="shop",counter="revenue",currency="EUR"} 1248.05',
    'tallyboard_counter_value{dashboard="shop",counter="stock",unit="kg"} 1.5',
    'tallyboard_period_value{dashboard="shop",counter="revenue",currency="EUR",period="day"} 1248.05',
    'tallyboard_period_value{dashboard="shop",counter="revenue",currency="EUR",period="month"} 1248.05',
  ]);
});
