/** Defining dashboards and counters: effects, validation and limits. */
import { startApi, startShop } from '../support/api-client.js';
import { createTempDirectory } from '../support/temp-directory.js';

describe('PUT /dashboards/:dashboard', () => {
  it('creates a dashboard with its counters at 0 and answers 201', async () => {
    const { call } = await startApi();
    const counters = { sales: { title: 'Sales', singular: 'sale' }, constructor: {} };
    const { status, body } = await call('PUT /dashboards/shop', { title: 'Shop', counters });
    expect(status).toBe(201);
    expect(body).toEqual({
      dashboard: 'shop',
      title: 'Shop',
      version: 1,
      epoch: expect.any(String),
      revision: 0,
      at: expect.any(Number),
      counters: { sales: { title: 'Sales', singular: 'sale', value: 0 }, constructor: { value: 0 } },
    });
    expect((await call('GET /dashboards/shop/counters')).body).toEqual(body);
    expect((await call('GET /dashboards/shop')).body.counters).toEqual({ sales: 0, constructor: 0 });
  });

  it('replaces the title and listed definitions, adds counters, keeps other counters and all values, and answers 200', async () => {
    const { call, epoch } = await startShop();
    await call('POST /dashboards/shop/counters/sales/add', { amount: 5 });
    const { status, body } = await call('PUT /dashboards/shop', {
      counters: { sales: { title: 'Sold' }, refunds: {} },
    });
    expect([status, body.epoch, body.title]).toEqual([200, epoch, undefined]);
    expect(body.counters).toEqual({
      sales: { title: 'Sold', value: 5 },
      visits: { value: 0 },
      refunds: { value: 0 },
    });
  });

  it('increments the revision, and so changes the ETag, only when counters are added', async () => {
    const { call, url } = await startShop();
    const etag = (await call('GET /dashboards/shop')).headers.get('etag') ?? '';
    const again = await call('PUT /dashboards/shop', { title: 'Renamed', counters: { sales: {} } });
    expect([again.status, again.body.revision]).toEqual([200, 0]);
    const conditional = { headers: { 'If-None-Match': etag } };
    expect((await fetch(`${url}/dashboards/shop`, conditional)).status).toBe(304);
    expect((await call('PUT /dashboards/shop', { counters: { refunds: {} } })).body.revision).toBe(1);
    const fresh = await fetch(`${url}/dashboards/shop`, conditional);
    expect(await fresh.json()).toMatchObject({ revision: 1, counters: { sales: 0, visits: 0, refunds: 0 } });
  });

  it('is durable: definitions and values survive a restart', async () => {
    const DATA_DIR = createTempDirectory();
    const first = await startShop({ DATA_DIR });
    await first.call('POST /dashboards/shop/counters/visits/add', { amount: 3 });
    await first.call('PUT /dashboards/shop', { title: 'Shop', counters: { refunds: { singular: 'refund' } } });
    const before = (await first.call('GET /dashboards/shop/counters')).body;
    await first.close();
    const { call } = await startApi({ DATA_DIR });
    expect((await call('GET /dashboards/shop/counters')).body).toEqual(before);
    expect((await call('POST /dashboards/shop/counters/refunds/remove')).body.detail).toBe(
      'no refund remains to remove',
    );
  });

  it.each([
    ['an array', [], ''],
    ['counters that are an array', { counters: [] }, '/counters'],
    ['an invalid counter name', { counters: { Sales: {} } }, '/counters/Sales'],
    ['a name with a slash and a tilde', { counters: { 'a/b~': {} } }, '/counters/a~1b~0'],
    ['a definition that is not an object', { counters: { sales: 'Sales' } }, '/counters/sales'],
    ['a definition that is an array', { counters: { sales: [] } }, '/counters/sales'],
    ['a title that is not a string', { title: 5, counters: {} }, '/title'],
    ['a title that is too long', { title: 'x'.repeat(201), counters: {} }, '/title'],
    ['an empty unit', { counters: { sales: { unit: '' } } }, '/counters/sales/unit'],
    ['an unknown field', { counters: { sales: { tilte: 'Sales' } } }, '/counters/sales/tilte'],
    ['a field named constructor', { counters: { sales: { constructor: {} } } }, '/counters/sales/constructor'],
  ])('with %s gets 400 that points at it, and defines nothing', async (_, body, pointer) => {
    const { call } = await startApi({ STORE: 'memory' });
    const answer = await call('PUT /dashboards/shop', body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'invalid-request', errors: [{ pointer, detail: expect.any(String) }] });
    expect((await call('GET /dashboards/shop')).status).toBe(404);
  });

  it('with an invalid dashboard name gets 400', async () => {
    const { call } = await startApi({ STORE: 'memory' });
    for (const name of ['Shop', '1shop', 'a'.repeat(65), 'sh%20op', '__proto__']) {
      const { status, body } = await call(`PUT /dashboards/${name}`, { counters: {} });
      expect([status, body.errors]).toEqual([400, [{ parameter: 'dashboard', detail: expect.any(String) }]]);
    }
  });

  it('lists at most 20 of 1,000 invalid fields', async () => {
    const { call } = await startApi({ STORE: 'memory' });
    const counters = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`A${index}`, {}]));
    const { body } = await call('PUT /dashboards/shop', { counters });
    expect(body.errors).toHaveLength(20);
    expect(body.detail).toMatch(/and 999 more$/);
  });

  it.each(['memory', 'sqlite'] as const)(
    'beyond MAX_COUNTERS or MAX_DASHBOARDS gets 409 and changes nothing (%s)',
    async (STORE) => {
      const { call } = await startApi({ STORE, MAX_COUNTERS: 3, MAX_DASHBOARDS: 2 });
      const four = { a: {}, b: {}, c: {}, d: {} };
      expect(await call('PUT /dashboards/shop', { counters: four })).toMatchObject({
        status: 409,
        body: { code: 'too-many-counters' },
      });
      expect((await call('GET /dashboards/shop')).status).toBe(404);
      expect((await call('PUT /dashboards/shop', { counters: { a: {}, b: {}, c: {} } })).status).toBe(201);
      expect((await call('PUT /dashboards/shop', { title: 'New', counters: { d: {} } })).status).toBe(409);
      expect((await call('GET /dashboards/shop/counters')).body).not.toHaveProperty('title');
      expect(await call('PUT /dashboards/more', { counters: {} })).toMatchObject({
        status: 409,
        body: { code: 'too-many-dashboards', remedy: expect.stringContaining('MAX_DASHBOARDS') },
      });
      expect((await call('PUT /dashboards/shop', { counters: { a: { title: 'A' } } })).status).toBe(200);
      expect((await call('DELETE /dashboards/shop/counters/c')).status).toBe(204);
      expect((await call('PUT /dashboards/shop', { counters: { d: {} } })).status).toBe(200);
      expect((await call('DELETE /dashboards/shop')).status).toBe(204);
      expect((await call('PUT /dashboards/more', { counters: {} })).status).toBe(201);
    },
  );
});
