/** Reads of the client: history, list of dashboards, definitions, and totals of a watch. */
import {
  add,
  describeDashboard,
  listDashboards,
  readChanges,
  type ReadChangesOptions,
  readDefinition,
  readHistory,
  readPeriods,
  RefusedError,
  remove,
  UnavailableError,
  undo,
} from '../../src/client/client.js';
import type { DashboardList, DefinitionResponse } from '../../src/dashboard/routes/responses.js';
import { respondWithJson, startScriptedServer } from '../support/scripted-server.js';
import { startApi, startShop } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { eventually } from '../support/cleanup.js';
import { startAppBehindProxy, startTcpProxy } from '../support/tcp-proxy.js';
import { recordWatch } from '../support/client-watch.js';

const MEMORY = { STORE: 'memory', BROADCAST_MIN_MS: 0 } as const;

describe('readHistory', () => {
  it('returns the last hour of main with totals', async () => {
    const { url } = await startApp(MEMORY);
    await add(url, 'orders', 9);
    await remove(url, 'orders', 4);
    const { dashboard, step, at, counters } = await readHistory(url);
    expect([dashboard, step, Object.keys(counters)]).toEqual(['main', 1_000, ['orders', 'customers', 'products']]);
    expect(counters['orders']?.value).toHaveLength(at.length);
    expect(counters['orders']?.value.at(-1)).toBe(5);
    expect(counters['orders']?.totals).toEqual({ added: 9, removed: 4 });
  });

  it('requests the given dashboard, counters, range and step', async () => {
    const { url } = await startShop(MEMORY);
    const to = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 60_000);
    const from = to.getTime() - 600_000;
    const history = await readHistory(url, { dashboard: 'shop', counters: ['visits'], from, to, stepMs: 60_000 });
    expect(history).toMatchObject({ dashboard: 'shop', step: 60_000 });
    expect(history.at).toEqual(Array.from({ length: 10 }, (_, row) => from + row * 60_000));
    expect(history.counters).toEqual({
      visits: { value: Array(10).fill(0), added: Array(10).fill(0), removed: Array(10).fill(0) },
    });
  });
});

describe('readChanges', () => {
  it('returns a page of the ledger, with its filters in either direction', async () => {
    const { url } = await startShop(MEMORY);
    for (const counter of ['sales', 'visits', 'sales']) await add(url, counter, 1, { dashboard: 'shop' });
    await undo(url, { dashboard: 'shop', revision: 1, reason: 'mistake' });
    const read = async (options: ReadChangesOptions) => {
      const { entries, next } = await readChanges(url, { dashboard: 'shop', ...options });
      return [entries.map(({ revision }) => revision), next];
    };
    expect(await read({})).toEqual([[1, 2, 3, 4], undefined]);
    expect(await read({ order: 'newest', limit: 2 })).toEqual([[4, 3], 3]);
    expect(await read({ order: 'newest', limit: 2, before: 3, counters: ['sales'] })).toEqual([[1], undefined]);
    expect(await read({ after: 1, counters: ['visits', 'nothing'] })).toEqual([[2], undefined]);
    expect(await read({ who: 'ann' })).toEqual([[], undefined]);
    const { entries, ...page } = await readChanges(url, { dashboard: 'shop', counters: [] });
    expect(page).toEqual({ dashboard: 'shop', epoch: expect.any(String) });
    expect([entries[0], entries[3]]).toEqual([
      {
        revision: 1,
        at: expect.any(Number),
        key: expect.any(String),
        changes: [{ counter: 'sales', by: 1 }],
        undoneBy: 4,
      },
      expect.objectContaining({ revision: 4, reason: 'mistake', undoes: 1 }),
    ]);
    expect((await readChanges(url)).entries).toEqual([]);
  });
});

describe('listDashboards', () => {
  it('returns all dashboards with their titles, revisions and numbers of counters', async () => {
    const { url } = await startShop(MEMORY);
    const entries: DashboardList['dashboards'] = await listDashboards(`${url}/`);
    expect(entries).toEqual([
      { name: 'main', title: 'Main', revision: 0, counterCount: 3 },
      { name: 'shop', title: 'Shop', revision: 0, counterCount: 2 },
    ]);
  });

  it('reads all pages', async () => {
    const { url, call } = await startApi({ ...MEMORY, MAX_DASHBOARDS: 2_000 });
    const names = Array.from({ length: 1_100 }, (_, index) => `d${index}`);
    const remaining = names.values();
    const define = async (): Promise<void> => {
      for (const name of remaining) await call(`PUT /dashboards/${name}`, { counters: {} });
    };
    await Promise.all(Array.from({ length: 16 }, define));
    expect((await listDashboards(url)).map(({ name }) => name)).toEqual([...names, 'main'].toSorted());
  });
});

describe('describeDashboard', () => {
  it('returns definitions and values of main, or of another dashboard', async () => {
    const { url, call } = await startShop(MEMORY);
    await call('POST /dashboards/shop/counters/sales/add', { amount: 4 });
    const shop: DefinitionResponse = await describeDashboard(url, { dashboard: 'shop' });
    const counters = { sales: { title: 'Sales', singular: 'sale', value: 4 }, visits: { value: 0 } };
    expect(shop).toMatchObject({ dashboard: 'shop', title: 'Shop', revision: 1, counters });
    expect(await describeDashboard(url)).toMatchObject({ dashboard: 'main', title: 'Main' });
  });
});

describe('readPeriods', () => {
  it('requests the given dashboard, period, counters and rows', async () => {
    const answer = { dashboard: 'shop', timeZone: 'UTC', period: 'week', at: 9, rows: [] };
    const { url, requests } = await startScriptedServer(respondWithJson(200, answer));
    expect(await readPeriods(url, { period: 'day' })).toEqual(answer);
    await readPeriods(url, {
      dashboard: 'shop',
      period: 'week',
      count: 3,
      counters: ['a', 'b'],
      before: new Date(5),
      token: 't1',
    });
    expect(requests.map(({ url: address }) => address)).toEqual([
      '/dashboards/main/periods?period=day',
      '/dashboards/shop/periods?counters=a%2Cb&period=week&count=3&before=5',
    ]);
    expect(requests[1]?.headers.authorization).toBe('Bearer t1');
  });
});

describe.each([
  ['readHistory', readHistory, '/dashboards/main/history'],
  ['listDashboards', listDashboards, '/dashboards'],
  ['describeDashboard', describeDashboard, '/dashboards/main/counters'],
  ['readDefinition', readDefinition, '/dashboards/main/definition'],
] as const)('%s', (_, read, path) => {
  it('throws a RefusedError with the problem after one request', async () => {
    const problem = { code: 'unknown-dashboard', detail: 'there is no dashboard named shpo', near: ['shop'] };
    const { url, requests } = await startScriptedServer(respondWithJson(404, problem));
    const error = await read(url).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ problem: { status: 404, ...problem } });
    expect(requests).toHaveLength(1);
  });

  it('throws an UnavailableError after one request if the server cannot serve', async () => {
    const { url, requests } = await startScriptedServer(
      respondWithJson(503, { code: 'overloaded' }, { 'retry-after': '0' }),
    );
    const error = await read(url).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ problem: { status: 503, code: 'overloaded' } });
    expect(requests).toHaveLength(1);
  });

  it('throws an UnavailableError if the response is truncated', async () => {
    const { proxy } = await startAppBehindProxy();
    proxy.toClient = (bytes, pass, { client }) => {
      pass(bytes.subarray(0, bytes.length - 10));
      client.end();
    };
    await expect(read(proxy.url)).rejects.toThrow(UnavailableError);
  });

  it('rejects with the reason of its signal', async () => {
    const { url, requests } = await startScriptedServer(() => {});
    const abort = new AbortController();
    const reading = read(url, { signal: abort.signal });
    reading.catch(() => {});
    await eventually(() => requests.length === 1);
    abort.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });

  it('sends the token as a header, to a URL with a path', async () => {
    const { url, requests } = await startScriptedServer(respondWithJson(401, {}));
    await expect(read(`${url}/tally/?x=1#y`, { token: async () => 't1' })).rejects.toThrow(RefusedError);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1']);
    expect(requests[0]?.url?.split('?')[0]).toBe(`/tally${path}`);
    expect(requests[0]?.url).not.toContain('x=1');
  });
});

describe('watch with totals', () => {
  it.each(['WebSocket', 'server-sent events'])(
    'reports the all-time totals with each snapshot, by %s',
    async (transport) => {
      const { port, call } = await startShop(MEMORY);
      const proxy = await startTcpProxy(port);
      proxy.stripsUpgrades = transport !== 'WebSocket';
      const watched = recordWatch(proxy.url, { dashboard: 'shop', totals: true });
      const plain = recordWatch(proxy.url, { dashboard: 'shop', counters: ['sales'] });
      await watched.waitForValues({ sales: 0 });
      await plain.waitForValues({ sales: 0 });
      const changes = [5, -3, 2].map((by) => ({ counter: 'sales', by }));
      await call('POST /dashboards/shop/changes', { changes });
      await watched.waitForValues({ sales: 4 });
      await plain.waitForValues({ sales: 4 });
      expect(watched.snapshots.map(({ added }) => added)).toEqual([
        { sales: 0, visits: 0 },
        { sales: 7, visits: 0 },
      ]);
      expect(plain.snapshots.map(({ added }) => added)).toEqual([undefined, undefined]);
    },
  );

  it('filters values and totals', async () => {
    const { url, call } = await startShop(MEMORY);
    const watched = recordWatch(url, { dashboard: 'shop', counters: ['visits'], totals: true });
    await call('POST /dashboards/shop/counters/visits/add', { amount: 3 });
    await watched.waitForValues({ visits: 3 });
    expect(watched.snapshot?.added).toEqual({ visits: 3 });
  });
});

it.each(['WebSocket', 'server-sent events'])(
  'watch reports periods, measures and each new definition, by %s',
  async (transport) => {
    const { port, call } = await startApi(MEMORY);
    const measures = { basket: { ratio: ['revenue', 'orders'] } };
    await call('PUT /dashboards/shop', {
      counters: { orders: {}, revenue: { scale: 2 }, queue: { kind: 'gauge' } },
      measures,
    });
    const proxy = await startTcpProxy(port);
    proxy.stripsUpgrades = transport !== 'WebSocket';
    const versions: number[] = [];
    const watched = recordWatch(proxy.url, {
      dashboard: 'shop',
      periods: ['day', 'year'],
      onDefinition: (version) => versions.push(version),
    });
    await watched.waitForValues({ orders: 0 });
    expect(watched.snapshot).toMatchObject({ measures: { basket: null }, periods: { day: { added: { orders: 0 } } } });
    const changes = [
      { counter: 'orders', by: 3 },
      { counter: 'orders', by: -1 },
      { counter: 'revenue', by: 2_469 },
      { counter: 'queue', to: 4 },
    ];
    await call('POST /dashboards/shop/changes', { changes });
    await watched.waitForValues({ queue: 4 });
    const numbers = {
      added: { orders: 3, revenue: 2_469 },
      removed: { orders: 1, revenue: 0 },
      measures: { basket: 12.35 },
    };
    expect(watched.snapshot).toMatchObject({
      counters: { orders: 2, revenue: 2_469, queue: 4 },
      measures: { basket: 12.35 },
      periods: { day: numbers, year: numbers },
    });
    await call('PATCH /dashboards/shop', { measures: { basket: { ratio: ['revenue', 'orders'], scale: 0 } } });
    await eventually(() => watched.snapshot?.measures?.['basket'] === 12 && versions.length === 2);
    const definition = await readDefinition(proxy.url, { dashboard: 'shop' });
    expect([definition.version, definition.measures, definition.resolved.timeZone]).toEqual([
      versions[1],
      { basket: { ratio: ['revenue', 'orders'], scale: 0 } },
      'UTC',
    ]);
    expect(versions[0]).toBe(definition.version - 1);
  },
);
