/** CSV of history, periods and ledger, through real sockets. */
import { startApi } from '../support/api-client.js';
import { NDJSON_HEADERS } from '../support/bulk-client.js';

const CSV = { Accept: 'text/csv' };
const MINUTE_MS = 60_000;
/** A full hour of UTC some days ago, so that minutes are still kept. */
const START_MS = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 4 * 86_400_000;

async function startCafe() {
  const api = await startApi({ STORE: 'memory' });
  await api.call('PUT /dashboards/cafe', {
    timeZone: 'Asia/Kathmandu',
    counters: { orders: {}, revenue: { currency: 'EUR', min: null }, queue: { kind: 'gauge' } },
    measures: { basket: { ratio: ['revenue', 'orders'], scale: 3 } },
  });
  const lines = [
    { at: START_MS, counters: { orders: { added: 4, removed: 1 }, revenue: { added: 1_250 }, queue: { value: 7 } } },
    { at: START_MS + MINUTE_MS, counters: { revenue: { removed: 2_005 }, queue: { value: 3 } } },
  ];
  await fetch(`${api.url}/dashboards/cafe/history`, {
    method: 'POST',
    headers: NDJSON_HEADERS,
    body: lines.map((line) => JSON.stringify(line)).join('\n'),
  });
  return api;
}

/** Writes a moment as the clocks of Kathmandu show it. */
const toLocal = (atMs: number, digits = 0): string =>
  `${new Date(atMs + 345 * MINUTE_MS).toISOString().slice(0, digits === 0 ? 19 : 23)}+05:45`;

describe('CSV', () => {
  it('of a history has decimals at the scale of each counter, and two columns for a measure', async () => {
    const { call } = await startCafe();
    const query = `from=${START_MS}&to=${START_MS + 2 * MINUTE_MS}&step=1m`;
    const { status, headers, body } = await call(`GET /dashboards/cafe/history?${query}`, undefined, CSV);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
    expect([headers.get('vary'), headers.get('content-disposition')]).toEqual(['Accept, Accept-Encoding', null]);
    expect(body).toBe(
      [
        'at,orders,orders.added,orders.removed,revenue,revenue.added,revenue.removed,queue,queue.least,queue.most,basket,basket.within',
        `${toLocal(START_MS)},3,4,1,12.50,12.50,0.00,7,0,7,4.167,4.167`,
        `${toLocal(START_MS + MINUTE_MS)},3,0,0,-7.55,0.00,20.05,3,3,7,-2.517,`,
        '',
      ].join('\r\n'),
    );
  });

  it('of periods has a row for each, in the time zone of the dashboard', async () => {
    const { call } = await startCafe();
    const { headers, body } = await call(
      `GET /dashboards/cafe/periods?period=hour&count=2&before=${START_MS + 60 * MINUTE_MS}&format=csv`,
    );
    expect(headers.get('content-disposition')).toBe('attachment; filename="cafe-hours.csv"');
    const hour = START_MS + 15 * MINUTE_MS;
    expect(body).toBe(
      [
        'start,end,orders,orders.added,orders.removed,revenue,revenue.added,revenue.removed,queue,queue.least,queue.most,basket',
        `${toLocal(hour)},${toLocal(hour + 60 * MINUTE_MS)},3,0,0,-7.55,0.00,0.00,3,3,3,`,
        `${toLocal(hour - 60 * MINUTE_MS)},${toLocal(hour)},3,4,1,-7.55,12.50,20.05,3,0,7,-2.517`,
        '',
      ].join('\r\n'),
    );
  });

  it('of a ledger has a row for each change, and no formulas', async () => {
    const { call } = await startCafe();
    const body = {
      changes: [
        { counter: 'revenue', by: -5 },
        { counter: 'revenue', to: 100_000 },
        { counter: 'queue', to: 9 },
      ],
      reason: '=HYPERLINK("http://evil", "x")',
    };
    const { at } = (await call('POST /dashboards/cafe/changes', body)).body;
    const { headers, body: csv } = await call('GET /dashboards/cafe/changes?format=csv');
    expect(headers.get('content-disposition')).toBe('attachment; filename="cafe-changes.csv"');
    const booked = toLocal(START_MS + MINUTE_MS, 3);
    const head = `2,${toLocal(at, 3)},,"'=HYPERLINK(""http://evil"", ""x"")"`;
    expect(csv).toBe(
      [
        'revision,at,who,reason,counter,by,to,moved',
        `1,${booked},,history,orders,,3,3`,
        `1,${booked},,history,revenue,,-7.55,-7.55`,
        `1,${booked},,history,queue,,3,3`,
        `${head},revenue,-0.05,,`,
        `${head},revenue,,1000.00,1007.60`,
        `${head},queue,,9,6`,
        '',
      ].join('\r\n'),
    );
  });

  it('of a ledger is all of it, and JSON a page', async () => {
    const { call, url } = await startApi({ STORE: 'memory' });
    const lines = Array.from({ length: 3_000 }, () => '{"dashboard":"main","changes":[{"counter":"orders","by":1}]}\n');
    await (await fetch(`${url}/changes`, { method: 'POST', headers: NDJSON_HEADERS, body: lines.join('') })).text();
    const revisions = async (query = ''): Promise<string[]> => {
      const { body } = await call(`GET /dashboards/main/changes?format=csv${query}`);
      return String(body)
        .trimEnd()
        .split('\r\n')
        .slice(1)
        .map((row) => row.split(',')[0] ?? '');
    };
    const all = Array.from({ length: 3_000 }, (_, index) => String(index + 1));
    expect(await revisions()).toEqual(all);
    expect(await revisions('&after=2998')).toEqual(['2999', '3000']);
    expect(await revisions('&after=10&limit=2')).toEqual(['11', '12']);
    await call('POST /product');
    expect(await revisions('&counter=products')).toEqual(['3001']);
    expect(await revisions(`&who=${encodeURIComponent('J"ürgen')}`)).toEqual([]);
    expect(await revisions('&order=newest&before=3001&counter=orders')).toEqual(all.toReversed());
    expect((await call('GET /dashboards/main/changes')).body.entries).toHaveLength(100);
  });

  it('has a tag of its own, and another one after a change of the definition', async () => {
    const { call } = await startCafe();
    const range = `from=${START_MS}&to=${START_MS + MINUTE_MS}&step=1m`;
    for (const path of [`history?${range}`, `periods?before=${START_MS}`, 'changes?limit=9']) {
      const json = await call(`GET /dashboards/cafe/${path}&format=json`, undefined, CSV);
      expect(json.headers.get('content-type')).toMatch(/^application\/json/);
      const csv = await call(`GET /dashboards/cafe/${path}`, undefined, CSV);
      const tag = csv.headers.get('etag') ?? '';
      expect(tag).toMatch(/:csv:v\d+:Asia\/Kathmandu(:gzip)?"$/);
      expect(tag).not.toBe(json.headers.get('etag'));
      const again = await call(`GET /dashboards/cafe/${path}`, undefined, { ...CSV, 'If-None-Match': tag });
      expect([again.status, again.body, again.headers.get('vary')]).toEqual([304, undefined, csv.headers.get('vary')]);
      await call(
        'PATCH /dashboards/cafe',
        { title: path.slice(0, 7) },
        { 'Content-Type': 'application/merge-patch+json' },
      );
      expect((await call(`GET /dashboards/cafe/${path}`, undefined, CSV)).headers.get('etag')).not.toBe(tag);
    }
  });

  it.each([
    ['text/csv, */*;q=0.1', 'text/csv'],
    ['application/json, text/csv', 'application/json'],
    ['*/*', 'application/json'],
    ['text/html', 'application/json'],
  ])('is chosen by what is preferred: %s gets %s', async (Accept, type) => {
    const { call } = await startApi({ STORE: 'memory' });
    const { headers } = await call('GET /dashboards/main/history', undefined, { Accept });
    expect(headers.get('content-type')).toContain(type);
  });

  it('is refused for other formats, and problems stay problems', async () => {
    const { call } = await startApi({ STORE: 'memory' });
    const unknown = await call('GET /dashboards/main/history?format=xml');
    expect(unknown.body).toMatchObject({ code: 'invalid-request', errors: [{ parameter: 'format' }] });
    const missing = await call('GET /dashboards/nowhere/changes', undefined, CSV);
    expect(missing.body).toMatchObject({ status: 404, code: 'unknown-dashboard' });
  });

  it('is compressed if the client takes gzip, and has no byte order mark', async () => {
    const { url } = await startCafe();
    const read = async (encoding: string) => {
      const headers = { ...CSV, 'Accept-Encoding': encoding };
      const response = await fetch(`${url}/dashboards/cafe/periods`, { headers });
      return [response.headers.get('content-encoding'), Buffer.from(await response.arrayBuffer())] as const;
    };
    const [none, plain] = await read('identity');
    expect([none, plain.subarray(0, 6).toString('latin1')]).toEqual([null, 'start,']);
    expect(await read('gzip')).toEqual(['gzip', plain]);
  });
});
