/** Metrics and health of a relay in a process of its own. */
import { startApi } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { scrape } from '../support/prometheus-scrape.js';
import { startService } from '../support/service.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { watchV1 } from '../support/websocket-viewer.js';

it('metrics of a relay count its own viewers and changes, show the counters of its upstream, and say when it is away', async () => {
  const upstream = await startApi({ STORE: 'memory' });
  const proxy = await startTcpProxy(upstream.port);
  const relay = await startService({ STORE: 'upstream', UPSTREAM_URL: proxy.url });
  const viewers = [await watchV1(relay.url), await watchV1(relay.url)];
  await fetch(`${relay.url}/order`, { method: 'POST' });
  await fetch(`${relay.url}/order`, { method: 'DELETE' });
  for (const viewer of viewers) await viewer.waitFor(({ states }) => states.at(-1)?.revision === 2);
  const metrics = await scrape(relay.url);
  expect(metrics.getValue('tallyboard_store_up')).toBe(1);
  expect(metrics.groupByLabel('tallyboard_viewers', 'kind')).toMatchObject({ v1: 2, bare: 0 });
  expect(metrics.groupByLabel('tallyboard_change_sets_total', 'outcome')).toMatchObject({ applied: 2 });
  const orders = ['value', 'added_total', 'removed_total'].map((name) =>
    metrics.getValue(`tallyboard_counter_${name}`, { dashboard: 'main', counter: 'orders' }),
  );
  expect(orders).toEqual([0, 1, 1]);

  await upstream.close();
  await eventually(async () => (await scrape(relay.url)).getValue('tallyboard_store_up') === 0);
  expect((await scrape(relay.url)).groupByLabel('tallyboard_viewers', 'kind')).toMatchObject({ v1: 2 });
  expect((await fetch(`${relay.url}/health/ready`)).status).toBe(503);
  expect((await fetch(`${relay.url}/health/live`)).status).toBe(200);
});
