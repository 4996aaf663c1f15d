/** Badges: text, style, caching, and that a title or label is never more than text. */
import { startApi, startShop } from '../support/api-client.js';
import { readDocument } from '../support/openapi-check.js';
import { authorizeWith, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';

const PREFERS_JSON = { Accept: 'application/json' };
const BADGE = '/dashboards/shop/counters/sales/badge.svg';

/** Reads the accessible text of a badge. */
const readBadgeText = (svg: string): string | undefined => /^<svg [^>]*aria-label="([^"]*)"/.exec(svg)?.[1];

describe('a badge shows', () => {
  it('title and value with thousands separators, and the latest value the next time', async () => {
    const { call } = await startShop({ STORE: 'memory' });
    const first = await call(`GET ${BADGE}`);
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8']);
    expect(readBadgeText(first.body)).toBe('Sales: 0');
    await call('POST /dashboards/shop/counters/sales/add', { amount: 1_234_567 });
    expect(readBadgeText((await call(`GET ${BADGE}`)).body)).toBe('Sales: 1,234,567');
  });

  it('the name of a counter without a title, and any value exactly', async () => {
    const { call } = await startShop({ STORE: 'memory' });
    await call('POST /dashboards/shop/changes', { changes: [{ counter: 'visits', to: Number.MAX_SAFE_INTEGER }] });
    const { body } = await call('GET /dashboards/shop/counters/visits/badge.svg');
    expect(readBadgeText(body)).toBe('visits: 9,007,199,254,740,991');
  });

  it.each([
    ['label=Sold%20today', 'Sold today: 0'],
    ['label=', '0'],
    [`label=${'x'.repeat(200)}`, `${'x'.repeat(200)}: 0`],
    ['unknown=1', 'sales: unknown query parameter'],
    ['label[a]=b', 'sales: unknown query parameter'],
  ])('the label of ?%s: %s', async (query, text) => {
    const { call } = await startShop({ STORE: 'memory' });
    expect(readBadgeText((await call(`GET ${BADGE}?${query}`)).body)).toBe(text);
  });

  it.each([
    ['color=red', '#dd4343'],
    ['color=success', '#4b0'],
    ['color=0aF', '#0af'],
    ['color=1f5fd6', '#1f5fd6'],
    ['color=%231f5fd6', '#1f5fd6'],
    ['', '#007ec6'],
  ])('the colour of ?%s: %s', async (query, fill) => {
    const { call } = await startShop({ STORE: 'memory' });
    expect((await call(`GET ${BADGE}?${query}`)).body).toContain(`fill="${fill}"`);
  });

  it('counters and measures with decimals, currency and unit, in the given language and period', async () => {
    const { call } = await startApi({ STORE: 'memory' });
    const revenue = { scale: 2, currency: 'EUR', min: -1_000_000 };
    await call('PUT /dashboards/shop', {
      counters: { orders: { title: 'Orders' }, revenue, stock: { kind: 'gauge', scale: 3, unit: 'kg' } },
      measures: { basket: { ratio: ['revenue', 'orders'], currency: 'EUR' }, net: { sum: ['revenue', '-stock'] } },
    });
    const read = async (query: string) => {
      const [name, parameters = ''] = query.split('?');
      const { status, body } = await call(`GET /dashboards/shop/counters/${name}/badge.svg?${parameters}`);
      return [status, readBadgeText(body)];
    };
    expect(await read('basket?period=day')).toEqual([200, 'basket: –']);
    const changes = [
      { counter: 'orders', by: 3 },
      { counter: 'revenue', by: -124_805 },
      { counter: 'stock', to: 1_500 },
    ];
    await call('POST /dashboards/shop/changes', { changes });
    for (const [query, text] of [
      ['orders?period=year', 'Orders: 3'],
      ['revenue', 'revenue: −€1,248.05'],
      ['revenue?locale=de', 'revenue: −1.248,05\u00a0€'],
      ['revenue?locale=xx&period=day&label=', '−€1,248.05'],
      ['revenue?locale=hi-IN-u-nu-deva', 'revenue: −€१,२४८.०५'],
      ['stock', 'stock: 1.500\u00a0kg'],
      ['stock?period=day', 'stock: –'],
      ['basket', 'basket: −€416.02'],
      ['basket?period=hour&locale=fr', 'basket: −416,02\u00a0€'],
      ['net?period=month', 'net: −1,249.550'],
    ] as const)
      expect([query, ...(await read(query))]).toEqual([query, 200, text]);
    const [one, other] = await Promise.all(
      ['en', 'de'].map((language) =>
        call(`GET ${BADGE.replace('sales', 'revenue')}`, undefined, { 'Accept-Language': language }),
      ),
    );
    expect([other?.body, other?.headers.get('etag')]).toEqual([one?.body, one?.headers.get('etag')]);
    expect((await read('bask'))[0]).toBe(404);
  });

  it('each style differently', async () => {
    const { call } = await startShop({ STORE: 'memory' });
    const styles = ['flat', 'flat-square', 'plastic', 'for-the-badge', 'social'];
    const badges = await Promise.all(styles.map((style) => call(`GET ${BADGE}?style=${style}`)));
    expect(new Set(badges.map(({ body }) => body)).size).toBe(styles.length);
    const refused = await Promise.all(
      styles.map((style) => call(`GET ${BADGE.replace('sales', 'sals')}?style=${style}`)),
    );
    expect(new Set(refused.map(({ body }) => body)).size).toBe(styles.length);
    expect(badges.every(({ body }) => readBadgeText(body)?.toLowerCase() === 'sales: 0')).toBe(true);
  });
});

describe('a badge request', () => {
  it.each([
    ['color', 'color=constructor'],
    ['color', 'color=Red'],
    ['color', 'color=12345'],
    ['color', 'color=url(x)'],
    ['color', 'color='],
    ['color', 'color=red&color=blue'],
    ['style', 'style=round'],
    ['style', 'style=toString'],
    ['style', 'style=flat&style=social'],
    ['label', 'label=a&label=b'],
    ['period', 'period=today'],
    ['period', 'period=day,week'],
    ['period', 'period=day&period=week'],
    ['period', 'period='],
    ['locale', 'locale=en_GB'],
    ['locale', 'locale='],
    ['locale', 'locale=de&locale=en'],
    ['locale', `locale=en-x-${'a'.repeat(60)}`],
    ['label', `label=${'x'.repeat(201)}`],
  ])('with an invalid %s gets 400 that points at it: %s', async (parameter, query) => {
    const { call } = await startShop({ STORE: 'memory' });
    const { status, body } = await call(`GET ${BADGE}?${query}`, undefined, PREFERS_JSON);
    expect([status, body.code, body.errors[0].parameter]).toEqual([400, 'invalid-request', parameter]);
  });

  it.each([
    ['/dashboards/shpo/counters/sales/badge.svg', 'unknown-dashboard', 'shop'],
    ['/dashboards/shop/counters/sals/badge.svg', 'unknown-counter', 'sales'],
  ])('for an unknown name gets 404 with similar names: %s', async (path, code, near) => {
    const { call } = await startShop({ STORE: 'memory' });
    const { status, body, headers } = await call(`GET ${path}`, undefined, PREFERS_JSON);
    expect([status, body.code, body.near]).toEqual([404, code, [near]]);
    expect([headers.get('cache-control'), headers.get('vary')]).toEqual(['no-store', 'Accept']);
  });

  it.each([
    ['/dashboards/shpo/counters/sales/badge.svg', 404, 'sales: dashboard not found'],
    ['/dashboards/shop/counters/sals/badge.svg?style=plastic', 404, 'sals: counter not found'],
    ['/dashboards/shop/counters/%3Cscript%3E/badge.svg', 404, 'counter: counter not found'],
    [`${BADGE}?color=none`, 400, 'sales: invalid request'],
  ])('that is refused gets a picture that says so: %s', async (path, status, text) => {
    const { call } = await startShop({ STORE: 'memory' });
    for (const Accept of ['*/*', 'image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8']) {
      const response = await call(`GET ${path}`, undefined, { Accept });
      expect([response.status, readBadgeText(response.body)]).toEqual([status, text]);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'image/svg+xml; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
        'cross-origin-resource-policy': 'cross-origin',
        vary: 'Accept',
      });
    }
  });

  it('without the right gets a picture and a challenge, whether the counter exists or not', async () => {
    const { call } = await startApi({ STORE: 'memory', ...TOKEN_CONFIG });
    for (const name of ['orders', 'order']) {
      const { status, body, headers } = await call(`GET /dashboards/main/counters/${name}/badge.svg`);
      expect([status, readBadgeText(body)]).toEqual([401, `${name}: authentication required`]);
      expect(headers.get('www-authenticate')).toBe('Bearer realm="tallyboard"');
    }
  });

  it('with another method gets 405', async () => {
    const { call } = await startShop({ STORE: 'memory' });
    const { status, headers } = await call(`POST ${BADGE}`);
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});

describe('a badge', () => {
  it('can be cached for 10 s and embedded by any page, and loads and runs nothing', async () => {
    const { call } = await startShop({ STORE: 'memory' });
    const { headers } = await call(`GET ${BADGE}`);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'public, max-age=10',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'cross-origin-resource-policy': 'cross-origin',
    });
  });

  it('that a token has opened is kept by no shared cache', async () => {
    const { call } = await startApi({ STORE: 'memory', ...TOKEN_CONFIG });
    const path = 'GET /dashboards/main/counters/orders/badge.svg';
    const { headers } = await call(path, undefined, authorizeWith(SECRETS.reader));
    expect(headers.get('cache-control')).toBe('private, max-age=10');
  });

  it('gets 304 for its ETag until the text or style changes', async () => {
    const { call } = await startShop({ STORE: 'memory' });
    const { headers } = await call(`GET ${BADGE}`);
    const known = { 'If-None-Match': String(headers.get('etag')) };
    await call('POST /dashboards/shop/counters/visits/add');
    const unchanged = await call(`GET ${BADGE}`, undefined, known);
    expect([unchanged.status, unchanged.body, unchanged.headers.get('etag')]).toEqual([
      304,
      undefined,
      known['If-None-Match'],
    ]);
    expect((await call(`GET ${BADGE}?color=red`, undefined, known)).status).toBe(200);
    await call('POST /dashboards/shop/counters/sales/add');
    expect((await call(`GET ${BADGE}`, undefined, known)).status).toBe(200);
  });

  it('has the same headers for HEAD as for GET', async () => {
    const { call, url } = await startShop({ STORE: 'memory' });
    const head = await fetch(`${url}${BADGE}`, { method: 'HEAD' });
    const { headers } = await call(`GET ${BADGE}`);
    const pick = (all: Headers) => ['etag', 'content-type', 'content-length'].map((name) => all.get(name));
    expect([head.status, pick(head.headers), await head.text()]).toEqual([200, pick(headers), '']);
  });
});

it('a title is never more than text in its badge', async () => {
  const { call } = await startApi({ STORE: 'memory' });
  const titles = [
    '<script>alert(1)</script>',
    `" onload="alert(1)`,
    `' x='`,
    '</text></svg><a href="x">',
    '&amp;&#60;]]><![CDATA[<!--',
    'a\u0001b\u0007c\uFFFF',
    '\u202Eright to left 😀 日本',
    'W'.repeat(200),
    '&'.repeat(200),
  ];
  const counters = Object.fromEntries(titles.map((title, index) => [`c${index}`, { title }]));
  expect((await call('PUT /dashboards/hostile', { counters })).status).toBe(201);
  for (const style of ['flat', 'social', 'for-the-badge']) {
    for (const name of Object.keys(counters)) {
      const { body } = await call(`GET /dashboards/hostile/counters/${name}/badge.svg?style=${style}`);
      expect(
        String(body).match(
          /<(?!\/?(svg|title|filter|feGaussianBlur|linearGradient|stop|clipPath|rect|g|text|path|style)\b)/g,
        ),
      ).toBeNull();
      expect(String(body).match(/ on\w+=(?!&)"/g)).toBeNull();
      // oxlint-disable-next-line eslint/no-control-regex -- these characters are searched for
      expect(String(body).match(/[\u0000-\u0008\u000B-\u001F\uFFFE\uFFFF]|&(?!(amp|lt|gt|quot|apos);)/g)).toBeNull();
      expect(String(body).endsWith('</svg>')).toBe(true);
    }
  }
});

it('the OpenAPI document lists the styles and the default', () => {
  const { paths } = readDocument('openapi.json') as {
    paths: Record<string, { get: { parameters: { name: string; schema: object }[] } }>;
  };
  const parameters = paths['/dashboards/{dashboard}/counters/{counter}/badge.svg']?.get.parameters ?? [];
  expect(parameters.find(({ name }) => name === 'style')?.schema).toMatchObject({
    enum: ['flat', 'flat-square', 'plastic', 'for-the-badge', 'social'],
    default: 'flat',
  });
});
