/** The short routes and `GET /dashboard`. */
import { startApp } from '../support/app.js';
import { createTempDirectory } from '../support/temp-directory.js';

const ADDITIONS = [
  { method: 'POST', path: '/order', text: 'Order Added', counter: 'orders' },
  { method: 'POST', path: '/sign-up', text: 'Customer Added', counter: 'customers' },
  { method: 'POST', path: '/product', text: 'Product Added', counter: 'products' },
];
const REMOVALS = [
  { method: 'DELETE', path: '/order', text: 'Order Removed', counter: 'orders', none: 'no order remains to remove' },
  {
    method: 'DELETE',
    path: '/sign-off',
    text: 'Customer Removed',
    counter: 'customers',
    none: 'no customer remains to remove',
  },
  {
    method: 'DELETE',
    path: '/product',
    text: 'Product Removed',
    counter: 'products',
    none: 'no product remains to remove',
  },
];
const ZERO = { orders: 0, customers: 0, products: 0 };
const ONE_EACH = { orders: 1, customers: 1, products: 1 };

/** Starts an application, by default with one of each, and a function that calls it. */
async function startShortRoutes({ withOneEach = true } = {}) {
  const app = await startApp();
  const call = (method: string, path: string, headers: Record<string, string> = {}) =>
    fetch(app.url + path, { method, headers });
  if (withOneEach) for (const { method, path } of ADDITIONS) await call(method, path);
  return { ...app, call };
}

describe('a short route', () => {
  it.each(ADDITIONS)('$method $path adds one and answers $text', async ({ method, path, text, counter }) => {
    const { call, dashboard } = await startShortRoutes({ withOneEach: false });
    const response = await call(method, path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe(text);
    expect((await dashboard()).counters).toEqual({ ...ZERO, [counter]: 1 });
  });

  it.each(REMOVALS)('$method $path removes one and answers $text', async ({ method, path, text, counter }) => {
    const { call, dashboard } = await startShortRoutes();
    const response = await call(method, path);
    expect([response.status, await response.text()]).toEqual([200, text]);
    expect((await dashboard()).counters).toEqual({ ...ONE_EACH, [counter]: 0 });
  });

  it.each(REMOVALS)('$method $path at zero answers 400 and changes nothing', async ({ method, path, none }) => {
    const { call, dashboard } = await startShortRoutes({ withOneEach: false });
    const response = await call(method, path);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await response.json()).toMatchObject({
      type: 'urn:tallyboard:problem:nothing-to-remove',
      title: 'Cannot remove more than the counter holds',
      status: 400,
      code: 'nothing-to-remove',
      detail: none,
    });
    expect(await dashboard()).toMatchObject({ revision: 0, counters: ZERO });
  });

  it.each([
    ['application/json', true],
    ['application/json;q=0.9, text/plain;q=0.5', true],
    ['*/*', false],
    ['text/plain, application/json', false],
    ['text/html', false],
  ])('with Accept: %s answers with JSON: %s', async (accept, json) => {
    const { call } = await startShortRoutes({ withOneEach: false });
    const response = await call('POST', '/order', { accept });
    expect(response.status).toBe(200);
    const body = await response.text();
    expect(json ? JSON.parse(body) : body).toEqual(
      json
        ? { dashboard: 'main', revision: 1, at: expect.any(Number), counters: { orders: 1 }, replayed: false }
        : 'Order Added',
    );
  });
});

describe('GET /dashboard', () => {
  it('returns the snapshot with an ETag of its epoch and revision', async () => {
    const { call } = await startShortRoutes();
    const response = await call('GET', '/dashboard');
    const body = (await response.json()) as { epoch: string };
    expect(body).toEqual({
      dashboard: 'main',
      epoch: expect.stringMatching(/./),
      revision: 3,
      at: expect.any(Number),
      counters: ONE_EACH,
    });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('etag')).toBe(`"${body.epoch}:3"`);
  });

  it('answers 304 for the present ETag, and 200 once the dashboard has changed', async () => {
    const { call } = await startShortRoutes();
    const etag = (await call('GET', '/dashboard')).headers.get('etag') ?? '';
    const unchanged = await call('GET', '/dashboard', { 'if-none-match': etag });
    expect([unchanged.status, await unchanged.text()]).toEqual([304, '']);
    expect(unchanged.headers.get('etag')).toBe(etag);
    await call('POST', '/order');
    const changed = await call('GET', '/dashboard', { 'if-none-match': etag });
    expect([changed.status, ((await changed.json()) as { revision: number }).revision]).toEqual([200, 4]);
  });

  it('is the same after a restart', async () => {
    const DATA_DIR = createTempDirectory();
    const first = await startApp({ DATA_DIR });
    await fetch(`${first.url}/order`, { method: 'POST' });
    const before = await first.dashboard();
    await first.close();
    const second = await startApp({ DATA_DIR });
    expect(await second.dashboard()).toEqual(before);
  });
});
