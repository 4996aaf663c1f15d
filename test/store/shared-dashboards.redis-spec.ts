/** Two instances on one Redis: a change on one is in the next response of the other, and in its live frames. */
import type { Config } from '../../src/config/config.js';
import { RedisUrl } from '../../src/config/redis-url.js';
import { type ApiResponse, startApi } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { scrape } from '../support/prometheus-scrape.js';
import type { RedisServer } from '../harness/redis-server.js';
import { createPrefix, getSharedRedis, startRedis } from '../support/redis-server.js';
import { watchSse } from '../support/sse-viewer.js';
import { watchBare, watchV1 } from '../support/websocket-viewer.js';

const SHOP = '/dashboards/shop';
const add = (counter: string) => `POST ${SHOP}/counters/${counter}/add`;

async function startPair(server: RedisServer, overrides: Partial<Config> = {}) {
  const prefix = createPrefix();
  const REDIS_URL = RedisUrl.parse(server.url);
  const config = { STORE: 'redis', REDIS_URL, REDIS_PREFIX: prefix, BROADCAST_MIN_MS: 0, ...overrides } as const;
  const [first, second] = [await startApi(config), await startApi(config)];
  await first.call(`PUT ${SHOP}`, { title: 'Shop', counters: { sales: { singular: 'sale' }, visits: {} } });
  return { first, second, prefix };
}

function readSuggestions({ body }: ApiResponse): unknown {
  return [body.code, body.near];
}

describe('a change on one instance', () => {
  it('reaches viewers of both instances once and in order', async () => {
    const { first, second } = await startPair(await getSharedRedis());
    const viewers = [first, second].map(async ({ url }) => [
      await watchBare(url),
      await watchV1(url, '/dashboard?totals'),
      await watchV1(url, '/dashboard?counters=orders'),
      await watchSse(`${url}/dashboard`),
    ]);
    const allViewers = (await Promise.all(viewers)).flat();
    const orders = Array.from({ length: 200 }, (_, index) => (index % 2 ? first : second).call('POST /order'));
    expect((await Promise.all(orders)).every(({ status }) => status === 200)).toBe(true);
    for (const viewer of allViewers) {
      await viewer.waitForValues({ orders: 200 });
      const revisions = viewer.states.map(({ revision }) => revision);
      expect(revisions).toEqual(revisions.toSorted((left, right) => left - right));
    }
    await second.call('DELETE /order');
    for (const viewer of allViewers) await viewer.waitForValues({ orders: 199 });
  });

  it('is in every response of the other as soon as it is acknowledged', async () => {
    const { first, second } = await startPair(await getSharedRedis());
    for (let sales = 1; sales <= 20; sales += 1) {
      await first.call(add('sales'));
      expect((await second.call(`GET ${SHOP}`)).body).toMatchObject({
        revision: sales,
        counters: { sales, visits: 0 },
      });
      expect((await second.call(`GET ${SHOP}/counters/sales`)).body.value).toBe(sales);
    }
    expect((await second.call(`GET ${SHOP}/changes?after=19`)).body.entries).toHaveLength(1);
    expect((await second.call(`GET ${SHOP}/history?counters=sales`)).body.counters.sales.totals.added).toBe(20);
    expect((await second.call(`GET ${SHOP}/counters/sales/badge.svg`)).body).toContain('20');
    const { body } = await second.call('GET /dashboards?limit=1');
    expect(body).toMatchObject({
      dashboards: [{ name: 'main', title: 'Main', revision: 0, counterCount: 3 }],
      next: 'main',
    });
    expect((await second.call('GET /dashboards?after=main')).body).toEqual({
      dashboards: [{ name: 'shop', title: 'Shop', revision: 20, counterCount: 2 }],
    });
  });
});

describe('metrics of each instance', () => {
  it('show the counters of all instances up to a limit, and only process metrics while Redis is away', async () => {
    const redis = await startRedis();
    const { first, second } = await startPair(redis, { METRICS_MAX_COUNTERS: 4 });
    await first.call(add('sales'));
    const readMetrics = async (url: string) => {
      const metrics = await scrape(url);
      const values = metrics
        .findSamples('tallyboard_counter_value')
        .map(({ labels, value }) => [labels['counter'], value]);
      return [values, metrics.getValue('tallyboard_counters'), metrics.getValue('tallyboard_counters_left_out')];
    };
    const expectedValues = [['orders', 0], ['customers', 0], ['products', 0], ['sales', 1]]; // prettier-ignore
    for (const { url } of [first, second]) expect(await readMetrics(url)).toEqual([expectedValues, 5, 1]);
    await redis.stop();
    const metrics = await scrape(second.url);
    expect(metrics.findSamples('tallyboard_counter_value')).toEqual([]);
    expect(metrics.getValue('tallyboard_build_info')).toBe(1);
  });
});

describe('a definition or removal on one instance', () => {
  it('reaches viewers of the other, and its suggestions of similar names', async () => {
    const { first, second } = await startPair(await getSharedRedis());
    const [unfiltered, sales] = [await watchV1(second.url, SHOP), await watchV1(second.url, `${SHOP}?counters=sales`)];
    await first.call(`PUT ${SHOP}`, { counters: { returns: {} } });
    const returns = await watchV1(second.url, `${SHOP}?counters=returns`);
    for (const viewer of [unfiltered, returns]) await viewer.waitForValues({ returns: 0 });
    await first.call(`DELETE ${SHOP}/counters/sales`);
    await unfiltered.waitFor(({ states }) => states.at(-1)?.counters['sales'] === undefined);
    await sales.waitFor(({ closed }) => closed?.code === 4_404);

    expect(readSuggestions(await second.call('GET /dashboards/shopp'))).toEqual(['unknown-dashboard', ['shop']]);
    expect(readSuggestions(await second.call('POST /dashboards/shoq/counters/visits/add'))).toEqual([
      'unknown-dashboard',
      ['shop'],
    ]);
    expect(readSuggestions(await second.call(add('visit')))).toEqual(['unknown-counter', ['visits']]);
    expect(readSuggestions(await second.call(`GET ${SHOP}?counters=visit`))).toEqual(['unknown-counter', ['visits']]);

    expect((await first.call(`DELETE ${SHOP}`)).status).toBe(204);
    for (const viewer of [unfiltered, returns]) await viewer.waitFor(({ closed }) => closed?.code === 4_404);
    expect((await second.call(`GET ${SHOP}`)).status).toBe(404);
    expect((await second.call('DELETE /dashboards/main')).status).toBe(409);
  });
});

describe('a dashboard without viewers', () => {
  it('is unsubscribed, and up to date again for the next viewer', async () => {
    const server = await getSharedRedis();
    const { first, second, prefix } = await startPair(server);
    const channels = () => server.command('PUBSUB', 'SHARDCHANNELS', `${prefix}:*`) as Promise<string[]>;
    const earlier = await watchV1(second.url, SHOP);
    expect(await channels()).not.toEqual([]);
    earlier.socket.close();
    await eventually(async () => (await channels()).length === 0);
    await first.call(add('sales'));
    const later = await watchV1(second.url, SHOP);
    await later.waitForValues({ sales: 1 });
    await first.call(add('sales'));
    await later.waitForValues({ sales: 2 });
  });
});
