/** `POST .../history`: the past of a dashboard, booked in one step through a real socket. */
import { gzipSync } from 'node:zlib';
import { formatRequest } from '../harness/http-text.js';
import { startApi } from '../support/api-client.js';
import { NDJSON_HEADERS } from '../support/bulk-client.js';
import { connectRaw } from '../support/raw-http.js';
import { watchV1 } from '../support/websocket-viewer.js';

const CSV_HEADERS = { 'Content-Type': 'text/csv' };
const COUNTERS = {
  orders: { singular: 'order' },
  revenue: { currency: 'EUR', min: null },
  queue: { kind: 'gauge' },
} as const;
/** Midnight some days ago, so that minutes are still kept. */
const START_MS = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 3 * 86_400_000;
const toIso = (offsetMs: number): string => new Date(START_MS + offsetMs).toISOString();

async function startShopToBe(overrides: Parameters<typeof startApi>[0] = { STORE: 'memory' }) {
  const api = await startApi(overrides);
  const post = async (body: string | Buffer, headers: Record<string, string> = NDJSON_HEADERS, name = 'shop') => {
    const response = await fetch(`${api.url}/dashboards/${name}/history`, { method: 'POST', headers, body });
    // oxlint-disable-next-line typescript/no-explicit-any -- each test knows the shape it expects
    return { status: response.status, body: (await response.json()) as any };
  };
  const define = (name: string) => api.call(`PUT /dashboards/${name}`, { counters: COUNTERS });
  await define('shop');
  return { ...api, post, define };
}

const LINES = [
  { at: toIso(0), counters: { orders: { added: 12, removed: 1 }, queue: { value: 7 } } },
  { at: START_MS + 60_000, counters: { revenue: { removed: 1_250 }, queue: { value: 3 } } },
];
const toNdjson = (lines: readonly unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

describe('POST /dashboards/:dashboard/history', () => {
  it.each([
    ['a byte', Buffer.from('x')],
    ['a body that is not compressed', Buffer.from('at,orders.added\n1,2\n')],
    ['the start of one', gzipSync(toNdjson(LINES)).subarray(0, 20)],
  ])('refuses %s that calls itself gzip, and goes on', async (_, body) => {
    const { post, call } = await startShopToBe({});
    const { status } = await post(body, { ...NDJSON_HEADERS, 'Content-Encoding': 'gzip' });
    expect(status).toBe(400);
    expect((await call('GET /dashboards/shop')).body).toMatchObject({ revision: 0 });
  });

  it('books NDJSON with gzip: history, ledger and values agree, and viewers get a snapshot', async () => {
    const { post, call, url } = await startShopToBe({});
    const viewer = await watchV1(url, '/dashboards/shop');
    await viewer.waitFor(({ frames }) => frames.length > 0);
    const { status, body } = await post(gzipSync(`\uFEFF\n${toNdjson(LINES)}`), {
      ...NDJSON_HEADERS,
      'Content-Encoding': 'gzip',
    });
    const counters = { orders: 11, revenue: -1_250, queue: 3 };
    const at = START_MS + 60_000;
    expect([status, body]).toEqual([200, { dashboard: 'shop', revision: 1, at, counters, replayed: false, lines: 2 }]);
    await viewer.waitFor(({ frames }) => frames.length > 1);
    expect(viewer.frames.at(-1)).toMatchObject({ type: 'snapshot', revision: 1, at, counters });
    expect((await call('GET /dashboards/shop')).body).toMatchObject({ revision: 1, at, counters });
    const to = START_MS + 120_000;
    const history = (
      await call(`GET /dashboards/shop/history?counters=orders,revenue&from=${START_MS}&to=${to}&step=1m`)
    ).body;
    expect(history.counters).toMatchObject({
      orders: { value: [11, 11], added: [12, 0], removed: [1, 0] },
      revenue: { value: [0, -1_250], added: [0, 0], removed: [0, 1_250] },
    });
    const changes = Object.entries(counters).map(([counter, value]) => ({ counter, to: value, moved: value }));
    expect((await call('GET /dashboards/shop/changes')).body.entries).toEqual([
      { revision: 1, at, changes, reason: 'history' },
    ]);
    expect(await post(toNdjson(LINES))).toMatchObject({ status: 409, body: { code: 'has-history' } });
  });

  it('books CSV with decimals at the scale of the counter; an empty cell says nothing', async () => {
    const { post } = await startShopToBe();
    const rows = [
      'at,queue,revenue.added,orders.added,"orders.removed"',
      `${toIso(0)},7,12.5,3,`,
      `${START_MS + 1_000},,0.05,,1`,
      '',
      `2026-01-01T00:00:00+01:00,,,,`,
    ];
    const { status, body } = await post(rows.slice(0, 4).join('\r\n'), CSV_HEADERS);
    expect([status, body]).toMatchObject([200, { counters: { queue: 7, revenue: 1_255, orders: 2 }, lines: 2 }]);
  });

  it.each<[string, string, Record<string, string>, number, RegExp]>([
    ['no body', '', {}, 400, /no lines/],
    ['a form', 'a=1', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415, /Content-Type/],
    ['no JSON', `${toNdjson(LINES)}{`, NDJSON_HEADERS, 400, /^line 3: is not valid JSON/],
    ['an array', '[]', NDJSON_HEADERS, 400, /^line 1: must be a JSON object/],
    ['a time without a zone', '{"at":"2026-01-01T00:00:00","counters":{}}', NDJSON_HEADERS, 400, /^line 1: \/at must/],
    ['a day that is none', '{"at":"2026-02-30T00:00:00Z","counters":{}}', NDJSON_HEADERS, 400, /^line 1: \/at must/],
    ['an unknown member', '{"at":1000,"counters":{},"who":"ann"}', NDJSON_HEADERS, 400, /\/who is no member/],
    [
      'an amount below 0',
      '{"at":1000,"counters":{"orders":{"added":-1}}}',
      NDJSON_HEADERS,
      400,
      /\/counters\/orders\/added must be/,
    ],
    [
      'an amount beyond 2^53 - 1',
      '{"at":1000,"counters":{"orders":{"added":9007199254740992}}}',
      NDJSON_HEADERS,
      400,
      /^line 1: .* must be an integer/,
    ],
    [
      'more removed than there is',
      toNdjson([LINES[0], { at: toIso(1_000), counters: { orders: { removed: 12 } } }]),
      NDJSON_HEADERS,
      400,
      /^line 2: cannot remove 12 from orders: only 11 remain/,
    ],
    ['a column of no counter', 'at,odrers.added\n', CSV_HEADERS, 400, /^line 1: .* column odrers.added/],
    ['the value of a counter', 'at,orders\n', CSV_HEADERS, 400, /its columns are orders.added and orders.removed/],
    ['a column twice', 'at,queue,queue\n', CSV_HEADERS, 400, /column twice/],
    ['a row that is too short', 'at,queue\n1000\n', CSV_HEADERS, 400, /^line 2: has 1 cells, and the header has 2/],
    ['too many digits', 'at,revenue.added\n1000,1.005\n', CSV_HEADERS, 400, /up to 2 digits behind the point/],
  ])('with %s is refused, and books nothing', async (_what, text, headers, status, detail) => {
    const { post, call } = await startShopToBe();
    const refused = await post(text, headers);
    expect([refused.status, refused.body.detail]).toEqual([status, expect.stringMatching(detail)]);
    expect((await call('GET /dashboards/shop')).body).toMatchObject({ revision: 0, counters: { orders: 0, queue: 0 } });
    expect((await post(toNdjson(LINES))).status).toBe(200);
  });

  it('that is cut off books nothing, and one that stops gets 408', async () => {
    const { post, call, port } = await startShopToBe({ BODY_TIMEOUT_MS: 300 });
    const head = { ...NDJSON_HEADERS, 'Transfer-Encoding': 'chunked' };
    const text = toNdjson(LINES);
    const begin = formatRequest('POST /dashboards/shop/history', head) + `${text.length.toString(16)}\r\n${text}\r\n`;
    const cut = await connectRaw(port);
    cut.send(begin);
    cut.close();
    const stopped = await connectRaw(port);
    stopped.send(begin);
    expect(await stopped.readResponse()).toMatchObject({ status: 408, headers: { connection: 'close' } });
    expect((await call('GET /dashboards/shop')).body).toMatchObject({ revision: 0, counters: { orders: 0 } });
    expect((await post(text)).status).toBe(200);
  });

  it('of an unknown dashboard is 404, and of one that was changed while the body arrived 409', async () => {
    const { post, call, port } = await startShopToBe();
    expect(await post(toNdjson(LINES), NDJSON_HEADERS, 'shpo')).toMatchObject({
      status: 404,
      body: { near: ['shop'] },
    });
    const client = await connectRaw(port);
    const text = toNdjson(LINES);
    const head = { ...NDJSON_HEADERS, 'Content-Length': String(text.length) };
    client.send(formatRequest('POST /dashboards/shop/history', head) + text.slice(0, -20));
    await call('POST /dashboards/shop/counters/orders/add');
    client.send(text.slice(-20));
    const { status, body } = await client.readResponse();
    expect([status, JSON.parse(body)]).toMatchObject([409, { code: 'has-history' }]);
    expect((await call('GET /dashboards/shop')).body).toMatchObject({ revision: 1, counters: { orders: 1 } });
  });
});
