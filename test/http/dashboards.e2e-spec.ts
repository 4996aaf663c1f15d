/** Dashboards and counters as resources: list, read and delete, and how each is refused. */
import { startApi, startShop } from '../support/api-client.js';
import { createTempDirectory } from '../support/temp-directory.js';

describe('GET /dashboards', () => {
  it('lists name, title, revision and number of counters, in the order of names', async () => {
    const { call } = await startShop();
    await call('PUT /dashboards/bar', { counters: {} });
    await call('POST /order');
    expect((await call('GET /dashboards')).body).toEqual({
      dashboards: [
        { name: 'bar', revision: 0, counterCount: 0 },
        { name: 'main', title: 'Main', revision: 1, counterCount: 3 },
        { name: 'shop', title: 'Shop', revision: 0, counterCount: 2 },
      ],
    });
  });

  it('has pages: following next or Link returns every dashboard once', async () => {
    const { call, url } = await startApi({ STORE: 'memory' });
    for (const name of ['e', 'c', 'a', 'd', 'b']) await call(`PUT /dashboards/${name}`, { counters: {} });
    const seen: string[] = [];
    let address: string | undefined = '/dashboards?limit=4';
    while (address !== undefined) {
      const { body, headers } = await call(`GET ${address}`);
      seen.push(...body.dashboards.map(({ name }: { name: string }) => name));
      const link = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
      expect(link !== undefined).toBe(body.next !== undefined);
      address = link && new URL(link, `${url}/dashboards`).href.slice(url.length);
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e', 'main']);
    expect((await call('GET /dashboards?after=main')).body).toEqual({ dashboards: [] });
    expect((await call('GET /dashboards?after=nowhere&limit=1')).body).toEqual({ dashboards: [] });
  });

  it.each(['limit=0', 'limit=1001', 'limit=ten', 'limit=1.5', 'limit=', 'limit=1&limit=2', 'after=a&after=b'])(
    'with %s gets 400 that points at the parameter',
    async (query) => {
      const { call } = await startApi({ STORE: 'memory' });
      const { status, body } = await call(`GET /dashboards?${query}`);
      expect([status, body.errors[0].parameter]).toEqual([400, query.split('=')[0]]);
    },
  );
});

describe('GET /dashboards/:dashboard', () => {
  it('returns the snapshot; GET /dashboard returns that of main', async () => {
    const { call, epoch } = await startShop();
    const { at } = (await call('POST /dashboards/shop/counters/sales/add')).body;
    const answer = await call('GET /dashboards/shop');
    expect(answer.body).toEqual({ dashboard: 'shop', epoch, revision: 1, at, counters: { sales: 1, visits: 0 } });
    expect(answer.headers.get('etag')).toBe(`"${epoch}:1"`);
    expect((await call('GET /dashboards/main')).body).toEqual((await call('GET /dashboard')).body);
  });

  it('returns only the counters of ?counters, however they are listed', async () => {
    const { call } = await startShop();
    for (const query of ['counters=visits', 'counters=visits,visits', 'counters=visits&counters=visits']) {
      expect((await call(`GET /dashboards/shop?${query}`)).body.counters).toEqual({ visits: 0 });
    }
    expect((await call('GET /dashboard?counters=orders,products')).body.counters).toEqual({ orders: 0, products: 0 });
  });

  it.each(['counters=', 'counters=a,,b', 'counters=Sales', 'counters=sales%20'])('with %s gets 400', async (query) => {
    const { call } = await startShop({ STORE: 'memory' });
    const { status, body } = await call(`GET /dashboards/shop?${query}`);
    expect([status, body.errors[0].parameter]).toEqual([400, 'counters']);
  });

  it('answers 304 for the present ETag, as the service or a proxy writes it, and 200 for an older one', async () => {
    const { call, epoch } = await startShop();
    const revalidate = async (header: string) => {
      const { status, body } = await call('GET /dashboards/shop', undefined, { 'If-None-Match': header });
      return [status, body === undefined];
    };
    const tags = ['"T"', '"T-gzip"', 'W/"T"', 'W/"T-br"', '"x", "T"'].map((tag) => tag.replace('T', `${epoch}:0`));
    for (const tag of tags) expect([tag, ...(await revalidate(tag))]).toEqual([tag, 304, true]);
    await call('POST /dashboards/shop/counters/sales/add');
    for (const tag of tags) expect([tag, ...(await revalidate(tag))]).toEqual([tag, 200, false]);
  });
});

describe('an unknown name', () => {
  it.each([
    ['GET /dashboards/shpo', 'unknown-dashboard', ['shop']],
    ['GET /dashboards/Shop', 'unknown-dashboard', ['shop']],
    ['DELETE /dashboards/shpo', 'unknown-dashboard', ['shop']],
    ['GET /dashboards/something-else', 'unknown-dashboard', []],
    ['GET /dashboards/shop?counters=sales,vists', 'unknown-counter', ['visits']],
    ['GET /dashboards/shop/counters/sals', 'unknown-counter', ['sales']],
    ['DELETE /dashboards/shop/counters/sals', 'unknown-counter', ['sales']],
    ['GET /dashboards/shpo/counters', 'unknown-dashboard', ['shop']],
    ['GET /dashboards/shpo/changes', 'unknown-dashboard', ['shop']],
    ['POST /dashboards/shpo/counters/sales/add', 'unknown-dashboard', ['shop']],
    ['POST /dashboards/shop/counters/visit/remove', 'unknown-counter', ['visits']],
  ])('%s gets 404 with similar names', async (line, code, near) => {
    const { call } = await startShop({ STORE: 'memory' });
    const { status, body } = await call(line);
    expect(body).toMatchObject({ status: 404, code, near });
    expect(status).toBe(404);
    for (const name of near) expect(body.detail).toContain(`did you mean ${name}?`);
  });
});

describe('DELETE', () => {
  it('of a dashboard deletes its ledger and keys too; a new one of the same name has another epoch', async () => {
    const { call, epoch } = await startShop();
    await call('POST /dashboards/shop/counters/sales/add', { amount: 5 }, { 'Idempotency-Key': 'k' });
    const deletion = await call('DELETE /dashboards/shop');
    expect([deletion.status, deletion.body]).toEqual([204, undefined]);
    for (const line of ['GET /dashboards/shop', 'DELETE /dashboards/shop', 'GET /dashboards/shop/changes']) {
      expect((await call(line)).status).toBe(404);
    }
    expect((await call('GET /dashboards')).body.dashboards).toHaveLength(1);
    const created = await call('PUT /dashboards/shop', { counters: { sales: {} } });
    expect([created.status, created.body.revision, created.body.counters.sales.value]).toEqual([201, 0, 0]);
    expect(created.body.epoch).not.toBe(epoch);
    expect((await call('GET /dashboards/shop/changes')).body.entries).toEqual([]);
    const sale = await call('POST /dashboards/shop/counters/sales/add', { amount: 5 }, { 'Idempotency-Key': 'k' });
    expect(sale.body).toMatchObject({ revision: 1, counters: { sales: 5 }, replayed: false });
  });

  it('of a counter records a change to 0; a new one of the same name starts at 0', async () => {
    const { call } = await startShop();
    await call('POST /dashboards/shop/counters/sales/add', { amount: 5 });
    expect((await call('DELETE /dashboards/shop/counters/sales')).status).toBe(204);
    expect((await call('GET /dashboards/shop')).body).toMatchObject({ revision: 2, counters: { visits: 0 } });
    expect((await call('GET /dashboards/shop')).body.counters).not.toHaveProperty('sales');
    expect((await call('POST /dashboards/shop/counters/sales/add')).status).toBe(404);
    const { entries } = (await call('GET /dashboards/shop/changes')).body;
    expect(entries[1]).toMatchObject({ revision: 2, changes: [{ counter: 'sales', to: 0 }], reason: 'deleted' });
    expect((await call('PUT /dashboards/shop', { counters: { sales: {} } })).body.counters.sales).toEqual({ value: 0 });
  });

  it('survives a restart', async () => {
    const DATA_DIR = createTempDirectory();
    const first = await startShop({ DATA_DIR });
    await first.call('PUT /dashboards/other', { counters: { a: {} } });
    await first.call('DELETE /dashboards/shop/counters/sales');
    await first.call('DELETE /dashboards/other');
    await first.close();
    const { call } = await startApi({ DATA_DIR });
    expect((await call('GET /dashboards/shop')).body.counters).toEqual({ visits: 0 });
    expect((await call('GET /dashboards/other')).status).toBe(404);
  });

  it.each(['/dashboards/main', '/dashboards/main/counters/orders'])('of %s gets 409', async (path) => {
    const { call } = await startApi({ STORE: 'memory' });
    expect(await call(`DELETE ${path}`)).toMatchObject({ status: 409, body: { code: 'kept-for-short-routes' } });
    expect((await call('POST /order', undefined, { Accept: 'application/json' })).status).toBe(200);
  });

  it('of the same name 8 times at once succeeds once', async () => {
    const { call } = await startShop();
    for (const line of ['DELETE /dashboards/shop/counters/sales', 'DELETE /dashboards/shop']) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => call(line)));
      expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 404)).toHaveLength(7);
    }
    expect((await call('PUT /dashboards/shop', { counters: { constructor: {} } })).status).toBe(201);
    expect((await call('GET /dashboards/shop')).body.counters).toEqual({ constructor: 0 });
  });

  it('of another counter of main succeeds', async () => {
    const { call } = await startApi({ STORE: 'memory' });
    await call('PUT /dashboards/main', { title: 'Main', counters: { constructor: {} } });
    expect((await call('DELETE /dashboards/main/counters/constructor')).status).toBe(204);
  });
});

it('an unsupported method gets 405 that lists the supported ones, and OPTIONS the list alone', async () => {
  const { call } = await startApi({ STORE: 'memory' });
  for (const [line, allow] of [
    ['POST /dashboards', 'GET, HEAD, OPTIONS'],
    ['POST /dashboards/main', 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT'],
    ['PUT /dashboards/main/changes', 'GET, HEAD, OPTIONS, POST'],
    ['GET /dashboards/main/counters/orders/add', 'OPTIONS, POST'],
    ['PUT /order', 'DELETE, OPTIONS, POST'],
  ] as const) {
    for (const [request, status] of [
      [line, 405],
      [line.replace(/^\w+/, 'OPTIONS'), 204],
    ] as const) {
      const response = await call(request);
      const allowed = response.headers.get('allow')?.split(', ').toSorted().join(', ');
      expect([request, response.status, allowed]).toEqual([request, status, allow]);
    }
  }
});
