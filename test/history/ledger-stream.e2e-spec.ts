/** The ledger as server-sent events: order, places, filters, and the end of a history. */
import { startShop } from '../support/api-client.js';
import { listRevisions, readLedgerStream } from '../support/ledger-reader.js';

const MEMORY = { STORE: 'memory' } as const;
const STREAM = { Accept: 'text/event-stream' };
const SHOP = '/dashboards/shop';
const SALE = { changes: [{ counter: 'sales', by: 1 }], reason: 'träge' };
const VISIT = { changes: [{ counter: 'visits', by: 2 }] };

async function startStreamed(overrides: Parameters<typeof startShop>[0] = MEMORY) {
  const shop = await startShop(overrides);
  const change = async (...bodies: readonly object[]) => {
    for (const body of bodies) expect((await shop.call(`POST ${SHOP}/changes`, body)).status).toBe(200);
  };
  const repeat = (count: number, body: object = SALE) => change(...Array.from({ length: count }, () => body));
  const readAll = async () => (await shop.call(`GET ${SHOP}/changes?limit=1000`)).body.entries as readonly object[];
  const open = (query = '', headers: Readonly<Record<string, string>> = {}) =>
    readLedgerStream(`${shop.url}${SHOP}${query}`, headers);
  const refuse = (query = '', headers: Readonly<Record<string, string>> = {}) =>
    shop.call(`GET ${SHOP}/changes${query}`, undefined, { ...STREAM, ...headers });
  return { ...shop, change, repeat, readAll, open, refuse };
}

it.each(['memory', 'sqlite'] as const)(
  'on a %s store a stream has every entry of the ledger once and in order, and then every new one',
  async (STORE) => {
    const { epoch, change, readAll, open, call } = await startStreamed({ STORE });
    await change(SALE, VISIT, { changes: [{ counter: 'sales', to: 5 }] });
    const reader = await open();
    await reader.waitForRevision(3);
    await change(SALE, { undoes: 2 });
    await call('PATCH /dashboards/shop', { counters: { returns: {} } });
    await call('DELETE /dashboards/shop/counters/visits');
    await reader.waitForRevision(7);
    // The entry was sent before it was undone.
    const ledger = (await readAll()).map((entry) => ({ epoch, ...entry, undoneBy: undefined }));
    expect(reader.entries).toEqual(ledger);
    expect(reader.ids).toEqual(listRevisions(1, 7).map((revision) => `${epoch}:${revision}`));
    expect(reader.retries).toEqual([2_000]);
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      vary: 'Accept',
    });
  },
);

it('a stream goes on after Last-Event-ID, which wins over the parameter after', async () => {
  const { epoch, repeat, open } = await startStreamed();
  await repeat(5);
  const readers = [
    await open('?after=2'),
    await open('?after=1', { 'Last-Event-ID': `${epoch}:3` }),
    await open('?after=4', { 'Last-Event-ID': '' }),
    await open('', { 'Last-Event-ID': `${epoch}:5` }),
  ];
  await repeat(1);
  for (const reader of readers) await reader.waitForRevision(6);
  expect(readers.map(({ revisions }) => revisions)).toEqual([3, 4, 5, 6].map((first) => listRevisions(first, 6)));
});

it('filters leave entries out, and a heartbeat moves the place after those that were left out', async () => {
  const { epoch, change, open, repeat } = await startStreamed({ ...MEMORY, HEARTBEAT_MS: 50 });
  await change(SALE, VISIT, SALE);
  const [sales, both, nobody] = [
    await open('?counters=sales'),
    await open('?counters=visits,sales'),
    await open('?who=nobody'),
  ];
  await sales.waitForRevision(3);
  await both.waitForRevision(3);
  expect([sales.revisions, both.revisions]).toEqual([
    [1, 3],
    [1, 2, 3],
  ]);
  await repeat(2, VISIT);
  for (const reader of [sales, nobody])
    await reader.waitFor(({ text }) => text.includes(`: heartbeat\nid: ${epoch}:5\n\n`));
  await both.waitFor(({ comments }) => comments.length > 1);
  await sales.waitFor(({ text }) => text.endsWith(': heartbeat\n\n'));
  expect([sales.revisions, nobody.revisions, nobody.ids]).toEqual([[1, 3], [], []]);
});

it('a filter that matches nothing of a long ledger reads past it', async () => {
  const { app, change, open } = await startStreamed();
  const { DashboardService } = await import('../../src/dashboard/dashboard.service.js');
  const sales = Array.from({ length: 25_000 }, () => ({ dashboard: 'shop', changes: [{ counter: 'sales', by: 1 }] }));
  await app.get(DashboardService).applyAll(sales);
  const reader = await open('?counters=visits');
  await change(VISIT);
  await reader.waitForRevision(25_001);
  expect(reader.revisions).toEqual([25_001]);
});

it('HEAD has the headers of the stream, and a request for JSON gets JSON', async () => {
  const { url, call, repeat } = await startStreamed();
  await repeat(1);
  const head = await fetch(`${url}${SHOP}/changes`, { method: 'HEAD', headers: STREAM });
  expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  const json = await call(`GET ${SHOP}/changes?counters=visits`, undefined, { Accept: '*/*' });
  expect(json).toMatchObject({ status: 200, body: { entries: [] } });
});

describe('a place that is no longer there gets 410 and the oldest entry:', () => {
  const start = async () => {
    const shop = await startStreamed({ ...MEMORY, LEDGER_MAX_ENTRIES: 3 });
    await shop.repeat(10);
    const [oldest] = (await shop.readAll()) as [{ revision: number }];
    return { ...shop, oldest: oldest.revision };
  };

  it.each([
    ['an entry that has expired', () => ['?after=1', {}], /no longer all kept/],
    ['an entry to come', () => ['?after=11', {}], /no revision 11: its newest is 10/],
    ['another epoch', () => ['?after=9', { 'Last-Event-ID': 'e1:9' }], /another history/],
    ['the beginning', (epoch: string) => ['', { 'Last-Event-ID': `${epoch}:0` }], /no longer all kept/],
  ] as const)('%s', async (_, ask, reason) => {
    const { epoch, refuse, oldest } = await start();
    const [query, headers] = ask(epoch) as [string, Record<string, string>];
    const { status, body } = await refuse(query, headers);
    expect([status, body.code, body.oldest]).toEqual([410, 'ledger-gone', { epoch, revision: oldest }]);
    expect(body.detail).toMatch(reason);
    expect(body.detail).toContain(`the oldest entry is ${epoch}:${oldest}`);
  });

  it('without a place the stream begins with the oldest entry that is kept', async () => {
    const { open, oldest } = await start();
    const reader = await open();
    await reader.waitForRevision(10);
    expect(reader.revisions).toEqual(listRevisions(oldest, 10));
  });
});

it('a ledger that keeps nothing names the next entry', async () => {
  const { epoch, repeat, refuse } = await startStreamed({ ...MEMORY, LEDGER_MAX_ENTRIES: 0 });
  await repeat(2);
  expect((await refuse('?after=1')).body.oldest).toEqual({ epoch, revision: 3 });
});

it.each([
  ['Last-Event-ID: 7', '', { 'Last-Event-ID': '7' }, 'invalid-request'],
  ['Last-Event-ID: a:b', '', { 'Last-Event-ID': 'a:b' }, 'invalid-request'],
  ['after=-1', '?after=-1', {}, 'invalid-request'],
  ['counters=No', '?counters=No', {}, 'invalid-request'],
  ['limit=5', '?limit=5', {}, 'unknown-parameter'],
  ['before=5', '?before=5', {}, 'unknown-parameter'],
])('a stream with %s is refused', async (_, query, headers: Record<string, string>, code) => {
  const { refuse } = await startStreamed();
  expect(await refuse(query, headers)).toMatchObject({ status: 400, body: { code } });
});

it('a stream of an unknown dashboard is 404', async () => {
  const { call } = await startStreamed();
  const { status, body } = await call('GET /dashboards/shpo/changes', undefined, STREAM);
  expect([status, body.code, body.near]).toEqual([404, 'unknown-dashboard', ['shop']]);
});

it('a dashboard that is deleted, and made again, ends its streams: the place is 404, and then 410', async () => {
  const { call, epoch, repeat, open, refuse } = await startStreamed();
  await repeat(2);
  const reader = await open();
  await reader.waitForRevision(2);
  await call(`DELETE ${SHOP}`);
  await reader.waitForEnd();
  const place = { 'Last-Event-ID': `${epoch}:2` };
  expect((await refuse('', place)).body.code).toBe('unknown-dashboard');
  await call(`PUT ${SHOP}`, { counters: { sales: {}, visits: {} } });
  await repeat(3);
  expect((await refuse('', place)).body.code).toBe('ledger-gone');
  const again = await open();
  await again.waitForRevision(3);
  expect(again.entries.every(({ epoch: other }) => other !== epoch)).toBe(true);
});

it('a past that is booked begins another history and ends the stream', async () => {
  const { url, call, epoch, open, refuse } = await startStreamed();
  const reader = await open();
  const line = JSON.stringify({
    at: Math.floor(Date.now() / 1_000) * 1_000 - 86_400_000,
    counters: { sales: { added: 4 } },
  });
  const headers = { 'Content-Type': 'application/x-ndjson' };
  expect((await fetch(`${url}${SHOP}/history`, { method: 'POST', headers, body: `${line}\n` })).status).toBe(200);
  await reader.waitForEnd();
  expect(reader.entries).toEqual([]);
  expect((await refuse('', { 'Last-Event-ID': `${epoch}:0` })).body.code).toBe('ledger-gone');
  const again = await open();
  await again.waitForRevision(1);
  expect(again.entries).toMatchObject([{ reason: 'history', epoch: (await call(`GET ${SHOP}`)).body.epoch }]);
});
