/** The definition of a dashboard as a resource: reading, replacing, patching, preconditions and faults. */
import { startApi } from '../support/api-client.js';

const SHOP = '/dashboards/shop';
const REVENUE = { title: 'Revenue', currency: 'EUR', headline: 'day', target: { value: 500_000, per: 'day' } };
const DEFINITION = {
  title: 'Shop',
  timeZone: 'Europe/Berlin',
  dayStartsAt: '06:00',
  counters: {
    revenue: REVENUE,
    orders: {
      singular: 'order',
      thresholds: [
        { at: 0, level: 'bad' },
        { at: 40, level: 'good' },
      ],
    },
    queue: { kind: 'gauge', unit: 'people', goodWhen: 'down' },
    balance: { min: null },
  },
  measures: {
    basket: { ratio: ['revenue', 'orders'], currency: 'EUR' },
    all: { sum: ['orders', '-queue'], title: 'All' },
  },
  layout: {
    groups: [
      {
        title: 'Top',
        tiles: [
          { show: 'basket', size: 'large' },
          { show: 'queue', hidden: true },
        ],
      },
    ],
  },
};

async function startDefined() {
  const api = await startApi({ STORE: 'memory', TIME_ZONE: 'Asia/Tokyo' });
  const created = await api.call(`PUT ${SHOP}`, DEFINITION);
  return { ...api, created, read: () => api.call(`GET ${SHOP}/definition`) };
}

describe('a definition', () => {
  it('is read as it was given, with the defaults that hold beside it', async () => {
    const { call, created, read } = await startDefined();
    const { status, headers, body } = await read();
    expect([created.status, created.headers.get('etag')]).toEqual([201, headers.get('etag')]);
    expect([status, headers.get('etag')]).toEqual([200, `"${created.body.epoch}:v1"`]);
    const resolved = { timeZone: 'Europe/Berlin', dayStartsAt: '06:00', weekStartsOn: 'monday' };
    const counters = { ...DEFINITION.counters, revenue: { ...REVENUE, scale: 2 } };
    expect(body).toEqual({ dashboard: 'shop', version: 1, ...DEFINITION, counters, resolved });
    expect(Object.keys(body.counters)).toEqual(Object.keys(DEFINITION.counters));
    const unchanged = await call(`GET ${SHOP}/definition`, undefined, { 'If-None-Match': headers.get('etag') ?? '' });
    expect(unchanged.status).toBe(304);
    expect((await call('GET /dashboards/main/definition')).body).toMatchObject({
      version: 1,
      counters: { orders: { title: 'Orders', singular: 'order' } },
      resolved: { timeZone: 'Asia/Tokyo', dayStartsAt: '00:00' },
    });
    expect((await call(`GET ${SHOP}/counters/basket`)).body).toEqual({
      name: 'basket',
      ...DEFINITION.measures.basket,
      value: null,
    });
    expect((await call(`POST ${SHOP}/counters/basket/add`)).status).toBe(404);
    expect((await call(`DELETE ${SHOP}/counters/basket`)).status).toBe(404);
    expect((await call(`GET ${SHOP}/counters/revenue`)).body).toEqual({
      name: 'revenue',
      ...REVENUE,
      scale: 2,
      value: 0,
    });
  });

  it('is replaced by PUT: what is absent takes its default, and counters that are not named stay', async () => {
    const { call, read } = await startDefined();
    const { status, body } = await call(`PUT ${SHOP}`, { counters: { orders: { title: 'Orders' } } });
    expect([status, body.version, body.revision]).toEqual([200, 2, 0]);
    const { counters, ...settings } = (await read()).body;
    expect(settings).toEqual({
      dashboard: 'shop',
      version: 2,
      resolved: { timeZone: 'Asia/Tokyo', dayStartsAt: '00:00', weekStartsOn: 'monday' },
    });
    expect(counters).toEqual({
      ...DEFINITION.counters,
      revenue: { ...REVENUE, scale: 2 },
      orders: { title: 'Orders' },
    });
    const again = await call(`PUT ${SHOP}`, { counters: { orders: { title: 'Orders' } } });
    expect([again.status, again.body.version]).toEqual([200, 2]);
    expect((await call('PUT /dashboards/bare')).status).toBe(201);
  });

  it('is changed by PATCH: what is absent stays, null takes away, and compound members are replaced whole', async () => {
    const { call, read } = await startDefined();
    const patch = {
      title: null,
      weekStartsOn: 'sunday',
      counters: {
        revenue: { title: null, target: { value: 7 }, goodWhen: 'up' },
        balance: { min: null },
        returns: { unit: 'kg' },
      },
      measures: { all: null, basket: { ratio: ['orders', 'revenue'] } },
    };
    const type = { 'Content-Type': 'application/merge-patch+json' };
    const { status, body, headers } = await call(`PATCH ${SHOP}`, patch, type);
    expect([status, body.version, body.revision, headers.get('etag')]).toEqual([200, 2, 1, `"${body.epoch}:v2"`]);
    expect((await read()).body).toEqual({
      dashboard: 'shop',
      version: 2,
      timeZone: 'Europe/Berlin',
      dayStartsAt: '06:00',
      weekStartsOn: 'sunday',
      counters: {
        ...DEFINITION.counters,
        revenue: { currency: 'EUR', headline: 'day', target: { value: 7 }, goodWhen: 'up', scale: 2 },
        balance: {},
        returns: { unit: 'kg' },
      },
      measures: { basket: { ratio: ['orders', 'revenue'] } },
      layout: DEFINITION.layout,
      resolved: { timeZone: 'Europe/Berlin', dayStartsAt: '06:00', weekStartsOn: 'sunday' },
    });
    expect((await call(`PATCH ${SHOP}`, {})).body.version).toBe(2);
    expect((await call('PATCH /dashboards/nowhere', {})).status).toBe(404);
    const text = { 'Content-Type': 'text/plain' };
    expect((await call(`PATCH ${SHOP}`, {}, text)).status).toBe(415);
  });

  it('is changed only if it is still the expected one', async () => {
    const { call, created, read } = await startDefined();
    const etag = created.headers.get('etag') ?? '';
    const put = (title: string, headers: Readonly<Record<string, string>>) =>
      call(`PUT ${SHOP}`, { ...DEFINITION, title }, headers);
    expect((await put('A', { 'If-Match': etag })).status).toBe(200);
    expect(await put('B', { 'If-Match': etag })).toMatchObject({ status: 412, body: { code: 'definition-changed' } });
    expect((await call(`PATCH ${SHOP}`, { title: 'B' }, { 'If-Match': etag })).status).toBe(412);
    expect((await put('B', { 'If-None-Match': '*' })).status).toBe(412);
    expect((await call('PUT /dashboards/other', {}, { 'If-Match': '*' })).status).toBe(412);
    expect((await read()).body).toMatchObject({ version: 2, title: 'A' });
    expect((await put('B', { 'If-Match': `"x", "${created.body.epoch}:v2"` })).status).toBe(200);
    expect((await call('PUT /dashboards/other', {}, { 'If-None-Match': '*' })).status).toBe(201);
    const patches = Array.from({ length: 20 }, (_, index) =>
      call(`PATCH ${SHOP}`, { counters: { [`c${index}`]: {} } }),
    );
    expect((await Promise.all(patches)).map(({ status }) => status)).toEqual(patches.map(() => 200));
    expect(Object.keys((await read()).body.counters)).toHaveLength(24);
  });

  it.each([
    [{ timeZone: 'Europe/Berlim' }, '/timeZone'],
    [{ timeZone: '+02:00' }, '/timeZone'],
    [{ dayStartsAt: '24:00' }, '/dayStartsAt'],
    [{ weekStartsOn: 'Monday' }, '/weekStartsOn'],
    [{ counters: { orders: null } }, '/counters/orders'],
    [{ counters: { a: { currency: 'EURO' } } }, '/counters/a/currency'],
    [{ counters: { a: { currency: 'ZZZ' } } }, '/counters/a/currency'],
    [{ counters: { a: { scale: 10 } } }, '/counters/a/scale'],
    [{ counters: { a: { min: 1.5 } } }, '/counters/a/min'],
    [{ counters: { a: { kind: 'level' } } }, '/counters/a/kind'],
    [{ counters: { a: { kind: 'gauge', headline: 'day' } } }, '/counters/a/headline'],
    [{ counters: { a: { target: { value: 0 } } } }, '/counters/a/target/value'],
    [{ counters: { a: { target: { value: 1.5 } } } }, '/counters/a/target/value'],
    [{ counters: { a: { target: 5 } } }, '/counters/a/target'],
    [{ counters: { a: { target: [{ value: 5 }] } } }, '/counters/a/target'],
    [{ layout: 0 }, '/layout'],
    [JSON.parse('{"__proto__": {}}'), '/__proto__'],
    [JSON.parse('{"counters": {"a": {"__proto__": {}}}}'), '/counters/a/__proto__'],
    [
      {
        counters: {
          a: {
            thresholds: [
              { at: 5, level: 'bad' },
              { at: 5, level: 'good' },
            ],
          },
        },
      },
      '/counters/a/thresholds/1/at',
    ],
    [{ counters: { a: { thresholds: [{ at: 5, level: 'fine' }] } } }, '/counters/a/thresholds/0/level'],
    [{ measures: { m: { ratio: ['orders', 'basket'] } } }, '/measures/m/ratio/1'],
    [{ measures: { basket: { sum: ['all'] }, all: { sum: ['basket'] } } }, '/measures/basket/sum/0'],
    [{ measures: { m: { ratio: ['orders', 'nothing'] } } }, '/measures/m/ratio/1'],
    [{ measures: { m: { sum: Array.from({ length: 33 }, () => 'orders') } } }, '/measures/m/sum'],
    [{ measures: { m: { sum: ['orders'], ratio: ['orders', 'revenue'] } } }, '/measures/m/sum'],
    [{ measures: { m: {} } }, '/measures/m/ratio'],
    [{ measures: { m: { sum: ['orders'], percent: true } } }, '/measures/m/percent'],
    [{ counters: { queue: { target: { value: 5, per: 'day' } } } }, '/counters/queue/target/per'],
    [{ layout: { groups: [{ tiles: [{ show: 'nothing' }] }] } }, '/layout/groups/0/tiles/0/show'],
    [{ layout: { groups: [{ tiles: [{ show: 'orders', hidden: false }] }] } }, '/layout/groups/0/tiles/0/hidden'],
  ])('%j is refused with a pointer, and nothing is half defined', async (patch, pointer) => {
    const { call, read } = await startDefined();
    const before = (await read()).body;
    const { status, body } = await call(`PATCH ${SHOP}`, patch);
    expect([status, body.code, body.errors[0].pointer]).toEqual([400, 'invalid-request', pointer]);
    expect((await read()).body).toEqual(before);
  });

  it('stays as it is with null in place of all counters, and a gauge stays one when PUT does not say so', async () => {
    const { call, read } = await startDefined();
    expect((await call(`PATCH ${SHOP}`, { counters: null })).body.version).toBe(1);
    const refused = await call(`PUT ${SHOP}`, { ...DEFINITION, counters: { queue: { headline: 'day' } } });
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/counters/queue/headline']);
    expect((await call(`PUT ${SHOP}`, { ...DEFINITION, counters: { queue: { unit: 'cars' } } })).status).toBe(200);
    expect((await read()).body.counters.queue).toEqual({ unit: 'cars', kind: 'gauge' });
  });

  it('may have a gauge named constructor beside measures', async () => {
    const { call } = await startApi({ STORE: 'memory' });
    const measures = { all: { sum: ['constructor'] } };
    await call(`PUT ${SHOP}`, { counters: { constructor: { kind: 'gauge', unit: 'kg' } }, measures });
    await call(`POST ${SHOP}/changes`, { changes: [{ counter: 'constructor', to: 7 }] });
    const gauge = { name: 'constructor', kind: 'gauge', unit: 'kg', value: 7 };
    expect((await call(`GET ${SHOP}/counters/constructor`)).body).toEqual(gauge);
    expect((await call(`GET ${SHOP}?periods=day&totals`)).body).toMatchObject({
      counters: { constructor: 7 },
      added: {},
      measures: { all: 7 },
      periods: { day: { added: {}, removed: {}, measures: { all: 7 } } },
    });
  });

  it('is refused where counters cannot follow it', async () => {
    const { call } = await startDefined();
    await call(`POST ${SHOP}/changes`, { changes: [{ counter: 'balance', to: -5 }] });
    for (const [patch, code] of [
      [{ counters: { revenue: { scale: 3 } } }, 'definition-fixed'],
      [{ counters: { queue: { kind: 'counter' } } }, 'definition-fixed'],
      [{ counters: { balance: { min: 0 } } }, 'below-minimum'],
      [{ counters: { basket: {} } }, 'invalid-request'],
    ] as const) {
      expect((await call(`PATCH ${SHOP}`, patch)).body.code).toBe(code);
    }
    expect(await call(`DELETE ${SHOP}/counters/revenue`)).toMatchObject({
      status: 409,
      body: { code: 'needed-by-measure', detail: 'cannot delete revenue: needed by basket' },
    });
    expect((await call(`DELETE ${SHOP}/counters/balance`)).status).toBe(204);
  });

  it('may have up to 1 MiB', async () => {
    const { call } = await startApi({ STORE: 'memory' });
    const title = 'x'.repeat(200);
    const counters = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`c${index}`, { title, unit: 'kg' }]),
    );
    expect((await call('PUT /dashboards/large', { counters })).status).toBe(201);
    expect((await call('PUT /dashboards/large', { title: 'x'.repeat(2 ** 20), counters: {} })).status).toBe(413);
  });
});
