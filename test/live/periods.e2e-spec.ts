/** Present periods and measures: in snapshots, streams and `GET .../periods`, and when a period begins. */
import { getPeriodAt } from '../../src/measures/periods.js';
import { type ApiCall, startApi } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { passTime } from '../support/process-time.js';
import { createRandom, SEED } from '../support/rounds.js';
import { watchSse } from '../support/sse-viewer.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../support/times.js';
import { watchBare, watchV1 } from '../support/websocket-viewer.js';

const SHOP = '/dashboards/shop';
const CHANGE_SETS = 100_000;
const BERLIN = { timeZone: 'Europe/Berlin', dayStartsAt: '00:00', weekStartsOn: 'monday' } as const;
const DEFINITION = {
  timeZone: 'Europe/Berlin',
  counters: { revenue: { currency: 'EUR' }, orders: {}, visits: {}, queue: { kind: 'gauge' } },
  measures: {
    basket: { ratio: ['revenue', 'orders'] },
    conversion: { ratio: ['orders', 'visits'], percent: true },
  },
};
const MEMORY = { STORE: 'memory', BROADCAST_MIN_MS: 0 } as const;

/** Moves the time to a moment after the next midnight in Berlin. Returns the new day. */
function passMidnight(afterMs = 1_000) {
  const { end } = getPeriodAt(BERLIN, 'day', Date.now());
  passTime(end + afterMs - Date.now());
  return getPeriodAt(BERLIN, 'day', end);
}

/** Moves the time to noon in Berlin, so that a test does not run over the end of a day or an hour. */
function goToNoon(): void {
  const { end } = getPeriodAt(BERLIN, 'day', Date.now());
  passTime(end + 12 * HOUR_MS + 5 * MINUTE_MS - Date.now());
}

async function startShop(overrides = {}) {
  goToNoon();
  const api = await startApi({ ...MEMORY, ...overrides });
  await api.call(`PUT ${SHOP}`, DEFINITION);
  const change = (...changes: readonly object[]) => api.call(`POST ${SHOP}/changes`, { changes });
  return { ...api, change };
}

const readDay = async (call: ApiCall) => (await call(`GET ${SHOP}?periods=day`)).body.periods.day;

describe('present periods', () => {
  it('are read once for all who ask for them at the same time, whichever each asks for', async () => {
    const { call } = await startShop({ STORE: 'sqlite' });
    const periods = Array.from({ length: 100 }, (_, index) => ['day', 'month', 'day,month'][index % 3] ?? '');
    const responses = await Promise.all(periods.map((names) => call(`GET ${SHOP}?periods=${names}`)));
    expect(responses.map(({ body }) => Object.keys(body.periods ?? body).join())).toEqual(periods);
  });

  it('have what was added and removed since they began, and measures of that', async () => {
    const { call, change } = await startShop();
    await change({ counter: 'revenue', by: 5_000 }, { counter: 'orders', by: 4 }, { counter: 'visits', by: 50 });
    passMidnight();
    await change({ counter: 'revenue', by: 12_480 }, { counter: 'orders', by: 3 }, { counter: 'queue', to: 7 });
    await change({ counter: 'orders', by: -1 }, { counter: 'visits', by: 8 });
    const { body, headers } = await call(`GET ${SHOP}?periods=month,day`);
    const [day, month] = (['day', 'month'] as const).map((period) => getPeriodAt(BERLIN, period, Date.now()));
    expect(body.measures).toEqual({ basket: 29.13, conversion: 10.3 });
    expect(body.periods.day).toEqual({
      ...day,
      added: { revenue: 12_480, orders: 3, visits: 8 },
      removed: { revenue: 0, orders: 1, visits: 0 },
      measures: { basket: 62.4, conversion: 25 },
    });
    expect(Object.keys(body.periods)).toEqual(['day', 'month']);
    expect(headers.get('etag')).toBe(`"${body.epoch}:${body.revision}:v1:${day?.start}:${month?.start}"`);
    const some = (await call(`GET ${SHOP}?periods=day&counters=orders,basket`)).body;
    expect([some.counters, some.measures, some.periods.day]).toEqual([
      { orders: 6 },
      { basket: 29.13 },
      { ...day, added: { orders: 3 }, removed: { orders: 1 }, measures: { basket: 62.4 } },
    ]);
    expect((await call(`GET ${SHOP}?periods=decade`)).body.errors).toEqual([
      { parameter: 'periods', detail: expect.stringContaining('hour, day, week, month, year') },
    ]);
  });

  it('are in the frames of viewers who asked for them, and bare frames never change', async () => {
    const { url, change } = await startShop();
    const viewer = await watchV1(url, `${SHOP}?periods=day`);
    const stream = await watchSse(`${url}${SHOP}?periods=day&counters=basket`);
    const plain = await watchV1(url, SHOP);
    const bare = await watchBare(url, `${SHOP}?periods=day`);
    expect(viewer.frames[0]).toMatchObject({
      type: 'snapshot',
      definition: 1,
      measures: { basket: null, conversion: null },
      periods: { day: { added: { revenue: 0 }, measures: { basket: null } } },
    });
    await change({ counter: 'orders', by: 2 });
    await change({ counter: 'revenue', by: 999 });
    await viewer.waitForValues({ revenue: 999 });
    const day = getPeriodAt(BERLIN, 'day', Date.now());
    expect(viewer.frames.slice(1)).toMatchObject([
      { type: 'patch', from: 0, counters: { orders: 2 }, measures: { basket: 0, conversion: null } },
      { type: 'patch', from: 1, counters: { revenue: 999 }, measures: { basket: 5 } },
    ]);
    expect(viewer.frames.at(-1)).toMatchObject({
      periods: { day: { ...day, added: { revenue: 999 }, removed: { revenue: 0 }, measures: { basket: 5 } } },
    });
    await stream.waitFor(({ messages }) => messages.length === 3);
    expect(stream.messages.at(-1)).toMatchObject({ counters: {}, measures: { basket: 5 } });
    await plain.waitForValues({ revenue: 999 });
    expect(plain.frames.at(-1)).not.toHaveProperty('periods');
    await bare.waitForValues({ revenue: 999 });
    expect(bare.last).toEqual({ revenue: 999, orders: 2, visits: 0, queue: 0 });
  });

  it('begin for every viewer without a change, at the same revision', async () => {
    const { url, call, change } = await startShop();
    await change({ counter: 'orders', by: 5 });
    const viewers = [await watchV1(url, `${SHOP}?periods=day`), await watchV1(url, `${SHOP}?periods=hour,day,year`)];
    const other = await watchV1(url, SHOP);
    const day = passMidnight();
    for (const viewer of viewers) {
      await viewer.waitFor(({ frames }) => frames.length === 2);
      expect(viewer.last).toMatchObject({ type: 'patch', from: 1, revision: 1, counters: {} });
      expect(viewer.last).toMatchObject({ periods: { day: { ...day, added: {}, removed: {} } } });
    }
    await change({ counter: 'orders', by: 1 });
    for (const viewer of viewers) {
      await viewer.waitForValues({ orders: 6 });
      expect(viewer.last).toMatchObject({ type: 'patch', from: 1, periods: { day: { added: { orders: 1 } } } });
    }
    await other.waitForValues({ orders: 6 });
    expect(other.frames).toHaveLength(2);
    expect(await readDay(call)).toMatchObject({ added: { orders: 1 } });
    const late = await watchV1(url, `${SHOP}?periods=day`);
    expect(late.frames[0]).toMatchObject({ periods: { day: { ...day, added: { orders: 1 } } } });
  });

  it('are right in the first frame after a restart across midnight', async () => {
    const DATA_DIR = createTempDirectory();
    const first = await startShop({ STORE: 'sqlite', DATA_DIR });
    await first.change({ counter: 'orders', by: 5 });
    await first.close();
    const day = passMidnight();
    const second = await startApi({ ...MEMORY, STORE: 'sqlite', DATA_DIR });
    const viewer = await watchV1(second.url, `${SHOP}?periods=hour,day,week,month,year`);
    const week = getPeriodAt(BERLIN, 'week', Date.now());
    const isSameWeek = week.start < day.start;
    expect(viewer.frames[0]).toMatchObject({
      periods: { hour: { added: { orders: 0 } }, day: { ...day, added: { orders: 0 } } },
    });
    expect(viewer.frames[0]).toMatchObject({ periods: { week: { ...week, added: { orders: isSameWeek ? 5 : 0 } } } });
    await second.call(`POST ${SHOP}/changes`, { changes: [{ counter: 'orders', by: 2 }] });
    expect(await readDay(second.call)).toMatchObject({ added: { orders: 2 }, removed: { orders: 0 } });
  });

  it('follow a new time zone, and viewers learn of the definition', async () => {
    const { url, call, change } = await startShop();
    await change({ counter: 'orders', by: 5 });
    const viewer = await watchV1(url, `${SHOP}?periods=day`);
    const before = getPeriodAt(BERLIN, 'day', Date.now());
    await call(`PATCH ${SHOP}`, { timeZone: 'Asia/Tokyo', measures: { basket: { ratio: ['revenue', 'visits'] } } });
    await viewer.waitFor(({ frames }) => frames.length === 3);
    const { end } = getPeriodAt({ ...BERLIN, timeZone: 'Asia/Tokyo' }, 'day', Date.now());
    expect(viewer.frames.slice(1)).toMatchObject([
      { type: 'definition', version: 2 },
      { type: 'snapshot', definition: 2, periods: { day: { start: before.start, end, added: { orders: 5 } } } },
    ]);
    expect(await readDay(call)).toMatchObject({ start: before.start, end, added: { orders: 5 } });
  });

  it('count a counter that is deleted and defined again from 0', async () => {
    const { url, call, change } = await startShop();
    await change({ counter: 'visits', by: 5 });
    const viewer = await watchV1(url, `${SHOP}?periods=day&counters=orders,visits`);
    await call(`PATCH ${SHOP}`, { measures: null });
    expect((await call(`DELETE ${SHOP}/counters/visits`)).status).toBe(204);
    await call(`PATCH ${SHOP}`, { counters: { visits: {} } });
    await change({ counter: 'visits', by: 2 });
    await viewer.waitForValues({ visits: 2 });
    await eventually(async () => (await readDay(call)).added.visits === 2);
    expect(viewer.frames.at(-1)).toMatchObject({ periods: { day: { added: { visits: 2 } } } });
  });
});

describe('GET .../periods', () => {
  it('has the newest periods first, and what stood in earlier ones at the same local reading', async () => {
    const { call, change } = await startShop();
    // Yesterday: 3 before this time of day, 4 after it.
    await change({ counter: 'orders', by: 3 }, { counter: 'revenue', by: 600 }, { counter: 'queue', to: 9 });
    passTime(2 * HOUR_MS);
    await change({ counter: 'orders', by: 4 }, { counter: 'queue', to: 2 });
    passTime(DAY_MS - 2 * HOUR_MS + 2 * MINUTE_MS);
    await change({ counter: 'orders', by: 10 }, { counter: 'orders', by: -1 }, { counter: 'revenue', by: 900 });
    const { status, body } = await call(`GET ${SHOP}/periods?period=day&count=3`);
    const today = getPeriodAt(BERLIN, 'day', Date.now());
    const yesterday = getPeriodAt(BERLIN, 'day', today.start - 1);
    expect([status, body.timeZone, body.period, body.rows.length]).toEqual([200, 'Europe/Berlin', 'day', 3]);
    expect(body.rows[0]).toEqual({
      ...today,
      counters: {
        revenue: { value: 1_500, added: 900, removed: 0 },
        orders: { value: 16, added: 10, removed: 1 },
        visits: { value: 0, added: 0, removed: 0 },
        queue: { value: 2, least: 2, most: 2 },
      },
      measures: { basket: 1, conversion: null },
    });
    const { byNow, ...whole } = body.rows[1];
    expect(whole).toMatchObject({
      ...yesterday,
      counters: { orders: { value: 7, added: 7, removed: 0 }, queue: { value: 2, least: 0, most: 9 } },
      measures: { basket: 0.86 },
    });
    expect(byNow).toMatchObject({
      counters: { orders: { value: 3, added: 3, removed: 0 }, queue: { value: 9, least: 0, most: 9 } },
      measures: { basket: 2 },
    });
    expect(byNow.at % MINUTE_MS).toBe(0);
    // To the digit what the history says of the same range.
    const range = `from=${yesterday.start}&to=${byNow.at}&step=1m&counters=orders`;
    const history = (await call(`GET ${SHOP}/history?${range}`)).body.counters.orders;
    expect(history.added.reduce((sum: number, added: number) => sum + added, 0)).toBe(byNow.counters.orders.added);
    expect(body.rows[2]).toMatchObject({ end: yesterday.start, counters: { orders: { value: 0, added: 0 } } });
    const earlier = (await call(`GET ${SHOP}/periods?period=day&count=1&before=${today.start}&counters=orders`)).body;
    expect(earlier.rows).toMatchObject([{ ...yesterday, counters: { orders: { added: 7 } } }]);
    const [week] = (await call(`GET ${SHOP}/periods?period=year&count=1&counters=orders,basket`)).body.rows;
    expect(Object.keys(week.counters)).toEqual(['orders']);
    const hours = (await call(`GET ${SHOP}/periods?period=hour&count=1000&counters=orders`)).body.rows;
    expect(hours.length).toBeGreaterThanOrEqual(14 * 24);
    expect(hours.length).toBeLessThanOrEqual(14 * 24 + 1);
    const amounts: number[] = hours.map(
      (row: { counters: { orders: { added: number } } }) => row.counters.orders.added,
    );
    expect(amounts.reduce((sum, added) => sum + added, 0)).toBe(17);
  });

  it('counts exactly where days begin within an hour, and has values beyond the rows that are kept', async () => {
    goToNoon();
    const { call, url } = await startApi(MEMORY);
    await call(`PUT ${SHOP}`, { timeZone: 'Asia/Kathmandu', counters: { orders: {}, old: {} } });
    // Periods that were read before the past is booked are read again.
    expect(await readDay(call)).toMatchObject({ added: { orders: 0 } });
    const now = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    const old = { at: now - 800 * DAY_MS, counters: { old: { added: 9, removed: 2 } } };
    const hourly = Array.from({ length: 60 * 24 }, (_, hour) => ({
      at: now - 60 * DAY_MS + hour * HOUR_MS + 30 * MINUTE_MS,
      counters: { orders: { added: 1 } },
    })).filter(({ at }) => at < now - 2 * DAY_MS);
    const body = [old, ...hourly].map((line) => JSON.stringify(line)).join('\n');
    const headers = { 'Content-Type': 'application/x-ndjson' };
    expect((await fetch(`${url}${SHOP}/history`, { method: 'POST', headers, body })).status).toBe(200);
    expect(await readDay(call)).toMatchObject({ added: { orders: 0 }, removed: { old: 0 } });
    const countIn = (start: number, end: number): number => hourly.filter(({ at }) => at >= start && at < end).length;
    for (const period of ['day', 'week', 'month']) {
      const { rows } = (await call(`GET ${SHOP}/periods?period=${period}&count=50`)).body;
      for (const { start, end, counters, byNow } of rows) {
        expect([period, start, counters.orders.added]).toEqual([period, start, countIn(start, end)]);
        if (start > old.at) expect(counters.old).toEqual({ value: 7, added: 0, removed: 0 });
        if (!byNow) continue;
        const counted = { value: countIn(0, byNow.at), added: countIn(start, byNow.at), removed: 0 };
        expect([period, start, byNow.counters.orders]).toEqual([period, start, counted]);
      }
    }
    const hours = (await call(`GET ${SHOP}/periods?period=hour&count=3&counters=old`)).body.rows;
    expect(hours.map((row: { counters: { old: { value: number } } }) => row.counters.old.value)).toEqual([7, 7, 7]);
  });

  it.each([
    ['period=decade', 'period'],
    ['count=0', 'count'],
    ['count=1001', 'count'],
    ['before=yesterday', 'before'],
  ])('with %s gets 400 that names the parameter', async (query, parameter) => {
    const { call } = await startShop();
    const { status, body } = await call(`GET ${SHOP}/periods?${query}`);
    expect([status, body.errors[0].parameter]).toEqual([400, parameter]);
    expect((await call(`GET ${SHOP}/periods?counters=nothing`)).status).toBe(404);
  });
});

it('each frame of 50 viewers has the measures of its own numbers, through 100,000 random change sets', async () => {
  const { url, call } = await startShop();
  const viewers = await Promise.all(Array.from({ length: 50 }, () => watchV1(url, `${SHOP}?periods=day`)));
  const random = createRandom(SEED);
  const lines = Array.from({ length: CHANGE_SETS }, () => {
    const changes = [
      { counter: 'orders', by: 1 + random(3) },
      { counter: 'revenue', by: 1 + random(9_999) },
    ];
    return JSON.stringify({ dashboard: 'shop', changes: random(2) ? changes : changes.slice(random(2)) });
  });
  const body = `${lines.join('\n')}\n`;
  const sent = await fetch(`${url}/changes`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body,
  });
  await sent.text();
  const { revision } = (await call(`GET ${SHOP}`)).body;
  expect(revision).toBe(CHANGE_SETS);
  for (const viewer of viewers) {
    await viewer.waitFor(({ states }) => states.at(-1)?.revision === CHANGE_SETS);
    const counters: Record<string, number> = {};
    const measures: Record<string, number | null> = {};
    for (const frame of viewer.frames) {
      if (frame.type !== 'snapshot' && frame.type !== 'patch') continue;
      Object.assign(counters, frame.counters);
      Object.assign(measures, frame.measures);
      const { revenue = 0, orders = 0 } = counters;
      expect(measures['basket']).toBe(orders === 0 ? null : Math.round(revenue / orders) / 100);
      expect(frame.periods?.['day']?.measures?.['basket']).toBe(measures['basket']);
    }
  }
});
