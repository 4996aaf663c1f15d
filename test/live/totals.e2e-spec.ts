/** `?totals`: exact however many changes a frame combines, and absent for clients that did not ask. */
import type { Change } from '../../src/counters/counters.js';
import { type ApiCall, startApi, startShop } from '../support/api-client.js';
import { postBulkChanges } from '../support/bulk-client.js';
import { formatHandshake } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';
import { startService } from '../support/service.js';
import { watchSse } from '../support/sse-viewer.js';
import { recordSnapshots, watchBare, watchV1 } from '../support/websocket-viewer.js';

const MEMORY = { STORE: 'memory', BROADCAST_MIN_MS: 0 } as const;
const SHOP = '/dashboards/shop';
const applyChanges = (call: ApiCall, ...changes: Change[]) => call(`POST ${SHOP}/changes`, { changes });

/** Sums the ledger of `shop`: everything added to each counter, and its value. */
async function sumLedger(call: ApiCall): Promise<{ added: Record<string, number>; counters: Record<string, number> }> {
  const added: Record<string, number> = { sales: 0, visits: 0 };
  const counters: Record<string, number> = { sales: 0, visits: 0 };
  for (let after: number | undefined = 0; after !== undefined;) {
    const { body } = await call(`GET ${SHOP}/changes?limit=1000&after=${after}`);
    for (const { counter, by } of body.entries.flatMap(({ changes }: { changes: unknown }) => changes)) {
      added[counter] = (added[counter] ?? 0) + Math.max(by, 0);
      counters[counter] = (counters[counter] ?? 0) + by;
    }
    after = body.next;
  }
  return { added, counters };
}

/** Creates an NDJSON line with a change set of `shop`. */
function createShopLine(steps: Readonly<Record<string, number>>): string {
  const changes = Object.entries(steps).map(([counter, by]) => ({ counter, by }));
  return `${JSON.stringify({ dashboard: 'shop', changes })}\n`;
}

describe('a viewer with totals', () => {
  it('gets everything ever added with each value, over WebSocket and SSE', async () => {
    const { url, call } = await startShop(MEMORY);
    await applyChanges(call, { counter: 'sales', by: 9 }, { counter: 'sales', by: -4 });
    const viewer = await watchV1(url, `${SHOP}?totals`);
    const stream = await watchSse(`${url}${SHOP}?totals=true`);
    await applyChanges(call, { counter: 'sales', by: 5 }, { counter: 'sales', by: -3 }, { counter: 'visits', by: 1 });
    for (const watcher of [viewer, stream]) await watcher.waitForValues({ visits: 1 });
    await applyChanges(call, { counter: 'sales', to: 0 });
    for (const watcher of [viewer, stream]) await watcher.waitForValues({ sales: 0 });
    expect(viewer.frames).toMatchObject([
      { type: 'snapshot', counters: { sales: 5, visits: 0 }, added: { sales: 9, visits: 0 } },
      { type: 'patch', counters: { sales: 7, visits: 1 }, added: { sales: 14, visits: 1 } },
      { type: 'patch', counters: { sales: 0 }, added: { sales: 14 } },
    ]);
    expect(stream.messages).toEqual(viewer.frames);
  });

  it('and a filter gets the totals of its counters only', async () => {
    const { url, call } = await startShop(MEMORY);
    const viewer = await watchV1(url, `${SHOP}?totals=1&counters=sales`);
    await applyChanges(call, { counter: 'visits', by: 2 }, { counter: 'sales', by: 3 });
    await viewer.waitForValues({ sales: 3 });
    expect(viewer.states.map(({ added }) => added)).toEqual([{ sales: 0 }, { sales: 3 }]);
  });

  it('shares frames with viewers of the same kind, and viewers without totals share theirs', async () => {
    const { url, call } = await startShop(MEMORY);
    // A relay opens its own watch for the first viewer.
    await watchV1(url, SHOP);
    const frames = recordSnapshots();
    const plain = await watchV1(url, SHOP);
    const [one, other] = [await watchV1(url, `${SHOP}?totals`), await watchV1(url, `${SHOP}?totals`)];
    expect([frames.length, new Set(frames).size]).toEqual([3, 2]);
    await applyChanges(call, { counter: 'sales', by: 1 });
    for (const viewer of [plain, one, other]) await viewer.waitForValues({ sales: 1 });
    expect(plain.frames.map((frame) => 'added' in frame)).toEqual([false, false]);
    expect(one.frames).toEqual(other.frames);
  });

  it('sees totals start over for a counter that was deleted and defined again', async () => {
    const { url, call } = await startShop(MEMORY);
    await applyChanges(call, { counter: 'sales', by: 7 });
    const viewer = await watchV1(url, `${SHOP}?totals`);
    await call(`DELETE ${SHOP}/counters/sales`);
    await viewer.waitFor(({ states }) => states.at(-1)?.counters['sales'] === undefined);
    await call(`PUT ${SHOP}`, { counters: { sales: {} } });
    await applyChanges(call, { counter: 'sales', by: 2 });
    await viewer.waitForValues({ sales: 2 });
    expect(viewer.states.map(({ added }) => added?.['sales'])).toEqual([7, undefined, 0, 2]);
  });

  it('gets the nearest double for a total beyond 2^53', async () => {
    const { url, call } = await startShop(MEMORY);
    const full = Number.MAX_SAFE_INTEGER;
    await applyChanges(call, ...[full, 0, full, 0, 3].map((to) => ({ counter: 'sales', to })));
    const viewer = await watchV1(url, `${SHOP}?totals`);
    expect(viewer.states[0]?.added).toEqual({ sales: Number(2n * BigInt(full) + 3n), visits: 0 });
  });

  it('gets heartbeats and the reconnect message like any other viewer', async () => {
    const { url, stop } = await startService({ STORE: 'memory', HEARTBEAT_MS: '100', DRAIN_MS: '0' });
    const viewer = await watchV1(url, '/dashboard?totals');
    const stream = await watchSse(`${url}/dashboard?totals`);
    await viewer.waitFor(({ last }) => last?.type === 'heartbeat');
    await stream.waitFor(({ comments }) => comments.length > 0);
    expect(await stop()).toBe(0);
    await viewer.waitFor(({ closed }) => closed !== undefined);
    await stream.waitFor(({ endedAs }) => endedAs !== undefined);
    expect([viewer.last?.type, stream.last?.type]).toEqual(['reconnect', 'reconnect']);
  });

  it.each(['sqlite', 'memory'] as const)(
    'ends on the sums of the ledger after thousands of changes, although frames combine many (%s)',
    async (STORE) => {
      const { url, call } = await startShop({ STORE, BROADCAST_MIN_MS: 50 });
      const viewer = await watchV1(url, `${SHOP}?totals`);
      const narrow = await watchV1(url, `${SHOP}?totals&counters=sales`);
      const stream = await watchSse(`${url}${SHOP}?totals`);
      const plain = await watchV1(url, SHOP);
      const sendStream = async (number: number): Promise<void> => {
        const lines = Array.from({ length: 250 }, (_, step) => {
          const [big, small] = [2 + ((step * 7 + number) % 5), 1 + (step % 2)];
          return createShopLine({ sales: big, visits: small }) + createShopLine({ sales: 1 - big, visits: -small });
        });
        const { answers } = await postBulkChanges(url, lines.join(''));
        expect(answers.every(({ revision }) => revision > 0)).toBe(true);
      };
      await Promise.all(Array.from({ length: 4 }, (_, number) => sendStream(number)));
      // The values so far return to earlier ones. These are unique, so the viewers can wait for them.
      await applyChanges(call, { counter: 'sales', by: 1_000_000 }, { counter: 'visits', by: 1_000_000 });
      const ledger = await sumLedger(call);
      expect(ledger.counters).toEqual({ sales: 1_001_000, visits: 1_000_000 });
      for (const watcher of [viewer, stream, plain]) await watcher.waitForValues(ledger.counters);
      await narrow.waitForValues({ sales: 1_001_000 });
      for (const watcher of [viewer, stream]) expect(watcher.states.at(-1)).toMatchObject(ledger);
      expect(narrow.states.at(-1)?.added).toEqual({ sales: ledger.added['sales'] });
      expect(await call(`GET ${SHOP}?totals`)).toMatchObject({ body: ledger });
      expect(viewer.frames.length).toBeLessThan(200);
      expect(plain.states.every(({ added }) => added === undefined)).toBe(true);
      const salesAdded = viewer.states.map(({ added }) => added?.['sales'] ?? 0);
      expect(salesAdded).toEqual(salesAdded.toSorted((a, b) => a - b));
    },
  );
});

describe('without totals', () => {
  it('a snapshot message has exactly the fields of the HTTP snapshot, the definition and the heartbeat', async () => {
    const { port, dashboard } = await startApi(MEMORY);
    const client = await connectRaw(port);
    client.send(formatHandshake({ 'Sec-WebSocket-Protocol': 'tallyboard.v1' }));
    await client.readResponse();
    const { dashboard: name, epoch, revision, at, counters } = await dashboard();
    const state = { dashboard: name, epoch, revision, at, counters };
    const snapshot = { type: 'snapshot', ...state, definition: 1, heartbeatMs: 15_000 };
    expect((await client.readFrame()).payload.toString()).toBe(JSON.stringify(snapshot));
  });

  it('a viewer without a subprotocol gets bare snapshots, even if it asks for totals', async () => {
    const { url, call } = await startShop(MEMORY);
    const viewer = await watchBare(url, `${SHOP}?totals`);
    await applyChanges(call, { counter: 'sales', by: 2 });
    await viewer.waitForValues({ sales: 2 });
    expect(viewer.frames).toEqual([
      { sales: 0, visits: 0 },
      { sales: 2, visits: 0 },
    ]);
  });

  it('the outcome of a change has no totals, neither the first time nor replayed', async () => {
    const { call } = await startApi(MEMORY);
    const headers = { Accept: 'application/json', 'Idempotency-Key': 'k' };
    for (const path of ['/order', '/dashboards/main/counters/products/add']) {
      const answers = [await call(`POST ${path}`, undefined, headers), await call(`POST ${path}`, undefined, headers)];
      const members = ['at', 'counters', 'dashboard', 'replayed', 'revision'];
      for (const { body } of answers) expect(Object.keys(body).toSorted()).toEqual(members);
      headers['Idempotency-Key'] = 'l';
    }
  });
});

describe('a snapshot with totals', () => {
  it('has its own ETag and gets 304 for it', async () => {
    const { call, epoch } = await startShop(MEMORY);
    await applyChanges(call, { counter: 'sales', by: 9 }, { counter: 'sales', by: -4 });
    const [plain, whole] = [await call(`GET ${SHOP}`), await call(`GET ${SHOP}?totals&counters=sales`)];
    expect(plain.body.added).toBeUndefined();
    expect(whole.body).toEqual({ ...plain.body, counters: { sales: 5 }, added: { sales: 9 } });
    const tags = [plain, whole].map(({ headers }) => headers.get('etag') ?? '');
    expect(tags).toEqual([`"${epoch}:1"`, `"${epoch}:1:totals"`]);
    const statuses = tags.map(
      async (tag) => (await call(`GET ${SHOP}?totals`, undefined, { 'If-None-Match': tag })).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 304]);
  });

  it('is available for main at /dashboard', async () => {
    const { call } = await startApi(MEMORY);
    await call('POST /order');
    await call('DELETE /order');
    const { body } = await call('GET /dashboard?totals');
    expect([body.counters.orders, body.added]).toEqual([0, { orders: 1, customers: 0, products: 0 }]);
  });
});

it.each(['totals=0', 'totals=false', 'totals=yes', 'totals=1&totals=no'])(
  '?%s gets 400 that points at totals, over HTTP, SSE and WebSocket',
  async (query) => {
    const { url, port, call } = await startShop(MEMORY);
    const problem = { status: 400, body: { code: 'invalid-request', errors: [{ parameter: 'totals' }] } };
    expect(await call(`GET ${SHOP}?${query}`)).toMatchObject(problem);
    expect(await call(`GET ${SHOP}?${query}`, undefined, { Accept: 'text/event-stream' })).toMatchObject(problem);
    const client = await connectRaw(port);
    client.send(formatHandshake({}, `GET ${SHOP}?${query}`));
    expect((await client.readResponse()).status).toBe(400);
    expect((await fetch(`${url}${SHOP}?totals=&totals=true`)).status).toBe(200);
  },
);
