/** `?counters=`: frames are encoded once per filter, and viewers get only the counters that they asked for. */
import { startApi, startShop } from '../support/api-client.js';
import { formatHandshake } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';
import { watchSse } from '../support/sse-viewer.js';
import type { ViewerState } from '../harness/viewer-state.js';
import { recordSnapshots, watchBare, watchV1 } from '../support/websocket-viewer.js';

const MEMORY = { STORE: 'memory', BROADCAST_MIN_MS: 0 } as const;
const formatAddRoute = (counter: string) => `POST /dashboards/shop/counters/${counter}/add`;

describe('a viewer with a filter', () => {
  it('gets no frame when other counters change, over WebSocket and SSE', async () => {
    const { url, call } = await startShop(MEMORY);
    const path = '/dashboards/shop?counters=sales';
    const [bare, v1, stream] = [
      await watchBare(url, path),
      await watchV1(url, path),
      await watchSse(url + path),
    ] as const;
    const all = await watchV1(url, '/dashboards/shop');
    for (let visits = 1; visits <= 5; visits += 1) {
      await call(formatAddRoute('visits'));
      await all.waitForValues({ visits });
    }
    await call(formatAddRoute('sales'));
    for (const viewer of [bare, v1, stream]) await viewer.waitForValues({ sales: 1 });
    expect(bare.frames).toEqual([{ sales: 0 }, { sales: 1 }]);
    expect(v1.frames).toMatchObject([
      { type: 'snapshot', revision: 0 },
      { type: 'patch', from: 0, revision: 6, counters: { sales: 1 } },
    ]);
    expect(stream.messages).toEqual(v1.frames);
    expect(v1.states.map(({ counters }) => counters)).toEqual([{ sales: 0 }, { sales: 1 }]);
  });

  it('gets the present revision when it connects, also if only other counters changed since', async () => {
    const { url, call } = await startShop({ ...MEMORY, HEARTBEAT_MS: 100 });
    const path = '/dashboards/shop?counters=sales';
    const early = await watchV1(url, path);
    await call(formatAddRoute('visits'));
    const late = await watchV1(url, path);
    expect([early.states[0]?.revision, late.states[0]?.revision]).toEqual([0, 1]);
    // The test viewer checks each heartbeat against the revision of its last frame.
    for (const viewer of [early, late]) await viewer.waitFor(({ last }) => last?.type === 'heartbeat');
    for (const sales of [1, 2]) {
      await call(formatAddRoute('sales'));
      for (const viewer of [early, late]) await viewer.waitForValues({ sales });
    }
    const last: readonly (ViewerState | undefined)[] = [early.states.at(-1), late.states.at(-1)];
    expect(last).toMatchObject([
      { revision: 3, counters: { sales: 2 } },
      { revision: 3, counters: { sales: 2 } },
    ]);
  });

  it('shares frames with viewers that name the same counters in another order, or repeatedly', async () => {
    const { url, call } = await startShop(MEMORY);
    // A relay opens its own watch for the first viewer.
    await watchV1(url, '/dashboards/shop');
    const frames = recordSnapshots();
    const queries = ['sales,visits', 'visits,sales', 'sales&counters=visits', 'visits,sales,visits&counters=sales'];
    const viewers = [];
    for (const query of queries) viewers.push(await watchBare(url, `/dashboards/shop?counters=${query}`));
    await call(formatAddRoute('sales'));
    for (const viewer of viewers) await viewer.waitForValues({ sales: 1, visits: 0 });
    expect(viewers.map((viewer) => viewer.frames)).toEqual(
      viewers.map(() => [
        { sales: 0, visits: 0 },
        { sales: 1, visits: 0 },
      ]),
    );
    expect([frames.length, new Set(frames).size]).toEqual([queries.length * 2, 2]);
  });

  it('can watch main at /dashboard and at /dashboards/main', async () => {
    const { url, call } = await startApi(MEMORY);
    const viewers = [
      await watchBare(url, '/dashboard?counters=orders,products'),
      await watchBare(url, '/dashboards/main?counters=products,orders'),
      await watchBare(url, '/dashboards/%6dain?counters=products%2Corders&totals'),
    ];
    await call('POST /product');
    for (const { frames } of viewers) expect(frames[0]).toEqual({ orders: 0, products: 0 });
    for (const viewer of viewers) await viewer.waitForValues({ products: 1 });
  });
});

it('in a dashboard of 1,000 counters, a patch has the size of the change', async () => {
  const { url, call } = await startApi(MEMORY);
  const counters = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`counter-${index}`, {}]));
  expect((await call('PUT /dashboards/wide', { counters })).status).toBe(201);
  const viewer = await watchV1(url, '/dashboards/wide');
  expect(Object.keys(viewer.states[0]?.counters ?? {}).length).toBe(1_000);
  await call('POST /dashboards/wide/counters/counter-500/add');
  await viewer.waitForValues({ 'counter-500': 1 });
  expect(viewer.last).toMatchObject({ type: 'patch', counters: { 'counter-500': 1 } });
  expect(JSON.stringify(viewer.last).length).toBeLessThan(150);
});

const TOO_MANY_NAMES = Array.from({ length: 1_001 }, () => 'a').join();

describe('a handshake is refused', () => {
  it.each([
    ['for an unknown dashboard', '/dashboards/shp', 404, 'unknown-dashboard', 'did you mean shop?'],
    ['for an unknown counter', '/dashboards/shop?counters=sale', 404, 'unknown-counter', 'did you mean sales?'],
    ['for a path that cannot be watched', '/dashboards/shop/counters', 404, 'unknown-route', ''],
    ['without a dashboard name', '/dashboards/', 404, 'unknown-route', ''],
    ['for an empty list', '/dashboards/shop?counters=', 400, 'invalid-request', 'counters'],
    ['for an empty name', '/dashboards/shop?counters=sales,', 400, 'invalid-request', 'counters'],
    ['for a name with a space', '/dashboards/shop?counters=sales,+visits', 400, 'invalid-request', '" visits"'],
    ['for a malformed name', '/dashboards/shop?counters=Sales', 400, 'invalid-request', '"Sales"'],
    ['for one malformed list of two', '/dashboards/shop?counters=sales&counters=', 400, 'invalid-request', 'counters'],
    ['for more than 1,000 names', `/dashboards/shop?counters=${TOO_MANY_NAMES}`, 400, 'invalid-request', '1000'],
  ])('%s', async (_, path, status, code, detail) => {
    const { port } = await startShop(MEMORY);
    const client = await connectRaw(port);
    client.send(formatHandshake({}, `GET ${path}`));
    const answer = await client.readResponse();
    expect(answer.status).toBe(status);
    const problem = JSON.parse(answer.body) as { code: string; detail: string };
    expect([problem.code, problem.detail]).toEqual([code, expect.stringContaining(detail)]);
    await client.waitForClose();
  });
});

const DASHBOARDS = 300;

it(`${DASHBOARDS} dashboards with one viewer each: a change reaches only the viewers of its dashboard`, async () => {
  // On a busy machine all this takes longer than the usual heartbeat.
  const { url, call } = await startApi({ STORE: 'memory', HEARTBEAT_MS: 600_000 });
  const names = Array.from({ length: DASHBOARDS }, (_, index) => `shop-${index}`);
  await Promise.all(names.map((name) => call(`PUT /dashboards/${name}`, { counters: { sales: {}, visits: {} } })));
  const viewers = await Promise.all(names.map((name) => watchV1(url, `/dashboards/${name}`)));
  await Promise.all(
    names.map((name, index) => call(`POST /dashboards/${name}/counters/sales/add`, { amount: index + 1 })),
  );
  for (const [index, viewer] of viewers.entries()) await viewer.waitForValues({ sales: index + 1 });
  for (const [index, { frames }] of viewers.entries()) {
    expect(frames).toMatchObject([
      { type: 'snapshot', dashboard: `shop-${index}`, counters: { sales: 0, visits: 0 } },
      { type: 'patch', counters: { sales: index + 1 } },
    ]);
  }
});
