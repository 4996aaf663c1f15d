/** `?at=` of the snapshot routes, through real sockets. */
import { type PastSnapshot, readSnapshot, RefusedError, type Snapshot } from '../../src/client/client.js';
import type { Config } from '../../src/config/config.js';
import { formatHandshake } from '../harness/http-text.js';
import { startApi } from '../support/api-client.js';
import { NDJSON_HEADERS } from '../support/bulk-client.js';
import { eventually } from '../support/cleanup.js';
import { connectRaw } from '../support/raw-http.js';
import { watchV1 } from '../support/websocket-viewer.js';

const VIEW = 'totals&periods=hour,day,year';
const DAY_MS = 86_400_000;

async function startBoard(overrides: Partial<Config> = {}) {
  const api = await startApi({ BROADCAST_MIN_MS: 0, ...overrides });
  await api.call('PUT /dashboards/shop', {
    timeZone: 'Asia/Kathmandu',
    counters: { orders: {}, visits: {}, queue: { kind: 'gauge' } },
    measures: { conversion: { ratio: ['orders', 'visits'], scale: 1 } },
  });
  const change = async (...changes: readonly object[]): Promise<{ revision: number; at: number }> =>
    (await api.call('POST /dashboards/shop/changes', { changes })).body;
  const readAt = (at: number | string, more = '') => api.call(`GET /dashboards/shop?at=${at}${more}`);
  return { ...api, change, readAt };
}

describe('a dashboard as it was', () => {
  it('is what a viewer saw at each moment, and at the last one the snapshot', async () => {
    const { url, call, change, readAt } = await startBoard();
    const viewer = await watchV1(url, '/dashboards/shop');
    const seen: [atMs: number, snapshot: Snapshot][] = [];
    for (let step = 1; step <= 30; step += 1) {
      const { revision, at } = await change(
        { counter: 'visits', by: step },
        step % 3 === 0 ? { counter: 'queue', to: step % 7 } : { counter: 'orders', by: step % 5 === 0 ? -1 : 1 },
      );
      await viewer.waitFor(({ states }) => states.at(-1)?.revision === revision);
      seen.push([at, (await call(`GET /dashboards/shop?${VIEW}`)).body]);
      // A change of the same millisecond would be at the moment too.
      await eventually(() => Date.now() > at);
    }
    for (const [atMs, snapshot] of seen) {
      const { status, body } = await readAt(atMs, `&${VIEW}`);
      expect([status, body]).toEqual([200, { ...snapshot, exact: true }]);
      expect(body.counters).toEqual(viewer.states.find(({ revision }) => revision === body.revision)?.counters);
    }
    const first = seen[0]?.[0] ?? 0;
    expect((await readAt(first - 1)).body).toMatchObject({ status: 400, code: 'too-far-back' });
  });

  it('has a tag with the moment, for the counters that are asked for', async () => {
    const { change, readAt, call } = await startBoard();
    const { at } = await change({ counter: 'orders', by: 2 });
    await eventually(() => Date.now() > at);
    await change({ counter: 'orders', by: 5 });
    const iso = new Date(at).toISOString();
    const { headers, body } = await readAt(iso, '&counters=orders');
    const tag = headers.get('etag') ?? '';
    expect([body.counters, body.exact, headers.get('cache-control')]).toEqual([{ orders: 2 }, true, 'no-cache']);
    expect(tag).toContain(`:at${at}:exact`);
    const again = await call(`GET /dashboards/shop?at=${iso}&counters=orders`, undefined, { 'If-None-Match': tag });
    expect([again.status, again.headers.get('etag')]).toEqual([304, tag]);
    await change({ counter: 'orders', by: 1 });
    expect((await readAt(at)).headers.get('etag')).not.toBe(tag);
  });

  it('is that at the end of the row where only points reach, and begins with the first of them', async () => {
    const { url, change, readAt } = await startBoard();
    const start = Math.floor(Date.now() / DAY_MS) * DAY_MS - 3 * DAY_MS;
    const lines = [0, 20_000, 50_000, 60_000].map((offsetMs, line) =>
      JSON.stringify({ at: start + offsetMs, counters: { orders: { added: line + 1 }, queue: { value: line } } }),
    );
    const response = await fetch(`${url}/dashboards/shop/history`, {
      method: 'POST',
      headers: NDJSON_HEADERS,
      body: lines.join('\n'),
    });
    expect(response.status).toBe(200);
    await change({ counter: 'orders', by: 90 });
    const past = await readSnapshot(url, { dashboard: 'shop', at: new Date(start + 25_000), totals: true });
    const counters = { orders: 6, visits: 0, queue: 2 };
    expect(past).toMatchObject({ at: start + 60_000, exact: false, counters, added: { orders: 6, visits: 0 } });
    expect(past satisfies PastSnapshot).not.toHaveProperty('revision');
    expect((await readAt(start + 61_000)).body).toMatchObject({ revision: 1, exact: true, counters: { orders: 10 } });
    const tooEarly = readSnapshot(url, { dashboard: 'shop', at: start - 1 });
    await expect(tooEarly).rejects.toMatchObject({ problem: { code: 'too-far-back', status: 400 } });
    await expect(tooEarly).rejects.toBeInstanceOf(RefusedError);
  });

  it('is that at the end of the row where the ledger has expired', async () => {
    const { change, readAt } = await startBoard({ STORE: 'memory', LEDGER_MAX_ENTRIES: 0 });
    const { at } = await change({ counter: 'orders', by: 2 });
    const end = Math.floor(at / 1_000) * 1_000 + 1_000;
    await eventually(() => Date.now() > end);
    await change({ counter: 'orders', by: 5 });
    expect((await readAt(at)).body).toMatchObject({ at: end, exact: false, counters: { orders: 2 } });
  });

  it.each([
    ['the future', Date.now() + DAY_MS, /^the parameter at must not be in the future: it is 2/],
    ['a time without a zone', '2026-01-01T00:00:00', /at must be one time: ISO 8601 with a time zone/],
    ['two times', '1&at=2', /at must be one time/],
  ])('is refused for %s', async (_, at, detail) => {
    const { readAt } = await startBoard({ STORE: 'memory' });
    expect((await readAt(at)).body).toMatchObject({
      status: 400,
      code: 'invalid-request',
      detail: expect.stringMatching(detail) as unknown,
      errors: [{ parameter: 'at' }],
    });
  });

  it('is refused to streams, which show the present', async () => {
    const { call, port } = await startBoard({ STORE: 'memory' });
    const path = '/dashboards/shop?at=1700000000000';
    const refusal = { status: 400, code: 'invalid-request', errors: [{ parameter: 'at' }] };
    const stream = await call(`GET ${path}`, undefined, { Accept: 'text/event-stream' });
    expect(stream.body).toMatchObject(refusal);
    const socket = await connectRaw(port);
    socket.send(formatHandshake({}, `GET ${path}`));
    expect(JSON.parse((await socket.readResponse()).body)).toMatchObject(refusal);
  });
});
