/** Store contract: the past of a dashboard, booked in one step. */
import { firstValueFrom } from 'rxjs';
import { MAX_VALUE } from '../../counters/counters.js';
import { MemoryStore } from '../memory/memory.store.js';
import type { PastAmounts, PastLine } from '../past.port.js';
import { BUCKETS, type CounterStore, DAY_ROWS, type RowRange, ROWS } from '../store.js';
import { type StoreFactory, TestClock, yieldThenReopen } from './fixtures.contract.js';

const [, , { stepMs: HOUR_MS }] = BUCKETS;
const DEFINITION = {
  timeZone: 'Europe/Berlin',
  dayStartsAt: '06:00',
  counters: { orders: { singular: 'order' }, balance: { min: null }, queue: { kind: 'gauge' }, idle: {} },
} as const;
const NAMES = Object.keys(DEFINITION.counters);
/** Now, as a whole second that has passed. */
const getNow = (): number => Math.floor(Date.now() / 1_000) * 1_000 - 1_000;

/** Lines as they arrive: in batches. `last` runs before the end. */
async function* stream(lines: readonly PastLine[], last?: () => Promise<unknown>): AsyncGenerator<readonly PastLine[]> {
  for (let from = 0; from < lines.length; from += 50) yield lines.slice(from, from + 50);
  await last?.();
}

function toLines(lines: readonly (readonly [at: number, Readonly<Record<string, PastAmounts>>])[]): PastLine[] {
  return lines.map(([at, counters], index) => ({ line: index + 1, at, counters }));
}

async function openShop(make: StoreFactory) {
  const opened = await make();
  await opened.store.define('main', DEFINITION);
  return opened;
}

/** Lines over `spanMs` up to now, at random moments. Removals are never more than there is. */
function createLines(nowMs: number, spans: readonly (readonly [spanMs: number, lines: number])[]): PastLine[] {
  const random = (limit: number): number => Math.floor(Math.random() * limit);
  const times = new Set<number>();
  for (const [spanMs, lines] of spans)
    for (let count = 0; count < lines; count += 1) times.add(nowMs - random(spanMs / 1_000) * 1_000);
  let orders = 0;
  return toLines(
    [...times]
      .toSorted((a, b) => a - b)
      .map((at) => {
        const added = random(20);
        const removed = random(orders + added + 1);
        const amounts: Record<string, PastAmounts> = {};
        if (random(4) > 0) {
          orders += added - removed;
          amounts['orders'] = { added, removed };
        }
        if (random(3) === 0) amounts['balance'] = { removed: random(1_000) };
        if (random(3) === 0) amounts['queue'] = { value: random(50) };
        return [at, amounts] as const;
      }),
  );
}

/** Counts lines at their times, one by one. */
async function countLines(lines: readonly PastLine[], nowMs: number): Promise<CounterStore> {
  const clock = new TestClock();
  const retention = { keyTtlMs: 1, ledgerRetentionMs: 4e12, maxLedgerEntries: 1e6 };
  const store = new MemoryStore(retention, { maxCounters: 10, maxDashboards: 10 }, clock);
  clock.nowMs = lines[0]?.at ?? nowMs;
  await store.define('main', DEFINITION);
  for (const { at, counters } of lines) {
    clock.nowMs = at;
    const changes = Object.entries(counters).flatMap(([counter, { added = 0, removed = 0, value }]) => [
      ...(value === undefined ? [] : [{ counter, to: value }]),
      ...(added > 0 ? [{ counter, by: added }] : []),
      ...(removed > 0 ? [{ counter, by: -removed }] : []),
    ]);
    if (changes.length > 0) await store.apply({ dashboard: 'main', changes });
  }
  return store;
}

/** Reads points as far as they are kept, sums of hours, days and ranges, and the counters. */
async function readPast(store: CounterStore, nowMs: number): Promise<unknown> {
  const points = await Promise.all(
    BUCKETS.map(async ({ stepMs, keepMs }) => {
      const series = await store.readPoints('main', NAMES, stepMs, nowMs - keepMs + stepMs, nowMs + 1_000);
      return [...series.values()].map((one) => one.points);
    }),
  );
  const ranges = ROWS.flatMap(({ stepMs, keepMs }) =>
    [1, 3, 7, 40].map((parts): RowRange => {
      const start = nowMs - Math.floor((keepMs - DAY_ROWS.stepMs * Number(keepMs > DAY_ROWS.stepMs * 2)) / parts);
      return { stepMs, start: start + stepMs, end: nowMs + 1_000 };
    }),
  );
  const sums = [...(await store.readSums('main', NAMES, ranges)).values()];
  const { revision: _revision, epoch: _epoch, at, day, counters } = await store.readDashboard('main');
  return { points, sums, day, at, counters: [...counters] };
}

export function describeStorePast(name: string, make: StoreFactory): void {
  describe(`${name}: the past`, () => {
    it('is what counting each line at its time would have led to, for every kind of rows and every range', async () => {
      const nowMs = getNow();
      const lines = createLines(nowMs, [
        [3 * 365 * DAY_ROWS.stepMs, 60],
        [13 * DAY_ROWS.stepMs, 60],
        [HOUR_MS, 300],
      ]);
      // The last line touches something, so that both are of its time.
      const last = lines.at(-1);
      if (last) lines[lines.length - 1] = { ...last, counters: { queue: { value: 1 } } };
      const opened = await openShop(make);
      const reference = await countLines(lines, nowMs);
      const booked = await opened.store.bookPast('main', stream(lines), 'ann');
      expect(booked).toMatchObject({ lines: lines.length, outcome: { revision: 1, at: last?.at } });
      for await (const store of yieldThenReopen(opened)) {
        expect(await readPast(store, nowMs)).toEqual(await readPast(reference, nowMs));
        expect(await store.readDashboard('main')).toMatchObject({ revision: 1, epoch: booked.dashboard.epoch });
      }
    });

    it('has one ledger entry, whose replay gives the values, and goes on as any other', async () => {
      const opened = await openShop(make);
      const { epoch } = await opened.store.readDashboard('main');
      const at = getNow() - 40 * DAY_ROWS.stepMs;
      const lines = toLines([
        [at, { orders: { added: 12, removed: 1 }, queue: { value: 7 } }],
        [at + 60_000, { orders: { removed: 4 }, balance: { removed: MAX_VALUE } }],
      ]);
      const reloaded = opened.store.isShared ? undefined : firstValueFrom(opened.store.events$);
      const { outcome } = await opened.store.bookPast('main', stream(lines), 'ann');
      const counters = { orders: 7, balance: -MAX_VALUE, queue: 7 };
      expect(outcome).toEqual({
        dashboard: 'main',
        revision: 1,
        at: at + 60_000,
        counters,
        added: { orders: 12, balance: 0 },
        removed: { orders: 5, balance: MAX_VALUE },
        replayed: false,
      });
      if (reloaded) expect(await reloaded).toMatchObject({ kind: 'reloaded', dashboard: { revision: 1 } });
      let revision = 1;
      for await (const store of yieldThenReopen(opened)) {
        const [entry] = await store.readLedger('main', 0, 10);
        const changes = Object.entries(counters).map(([counter, to]) => ({ counter, to, moved: to }));
        expect(entry).toMatchObject({ revision: 1, at: at + 60_000, reason: 'history', who: 'ann' });
        expect(entry?.changes.toSorted((a, b) => (a.counter < b.counter ? -1 : 1))).toEqual(
          changes.toSorted((a, b) => (a.counter < b.counter ? -1 : 1)),
        );
        revision += 1;
        const next = await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] });
        expect(next).toMatchObject({ revision, counters: { orders: 7 + revision - 1 } });
        expect((await store.readDashboard('main')).epoch).not.toBe(epoch);
      }
    });

    const start = getNow() - 3_600_000;
    it.each<[string, PastLine[], string, RegExp]>([
      ['without lines', [], 'invalid-request', /no lines/],
      ['with nothing in its lines', toLines([[start, { orders: {} }]]), 'invalid-request', /books nothing/],
      [
        'that goes back',
        toLines([
          [start, {}],
          [start, {}],
        ]),
        'invalid-request',
        /^line 2: at must be later/,
      ],
      ['between seconds', toLines([[start + 1, {}]]), 'invalid-request', /^line 1: .* whole second/],
      ['in the future', toLines([[start + 7_200_000, {}]]), 'invalid-request', /^line 1: at is in the future/],
      ['of an unknown counter', toLines([[start, { odrers: { added: 1 } }]]), 'invalid-request', /no counter named/],
      ['that adds to a gauge', toLines([[start, { queue: { added: 1 } }]]), 'invalid-request', /is a gauge/],
      ['that sets a counter', toLines([[start, { orders: { value: 1 } }]]), 'invalid-request', /is a counter/],
      [
        'that removes too much',
        toLines([
          [start, { orders: { added: 2 } }],
          [start + 1_000, { orders: { added: 1, removed: 4 } }],
        ]),
        'nothing-to-remove',
        /^line 2: cannot remove 4 from orders: only 3 remain$/,
      ],
      [
        'that overflows',
        toLines([
          [start, { orders: { added: MAX_VALUE } }],
          [start + 1_000, { orders: { added: 1 } }],
        ]),
        'counter-full',
        /^line 2: orders is at/,
      ],
    ])('%s is refused with the line, and nothing is booked', async (_what, lines, code, message) => {
      const { store } = await openShop(make);
      const before = await store.readDashboard('main');
      const refused = store.bookPast('main', stream(lines));
      await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
      expect(await store.readDashboard('main')).toEqual(before);
      const [series] = (await store.readPoints('main', ['orders'], 1_000, 0, Number.MAX_SAFE_INTEGER)).values();
      expect(series?.points).toEqual([]);
      expect(await store.readLedger('main', 0, 10)).toEqual([]);
    });

    it('that is cut off after many rows leaves nothing, and can be sent again', async () => {
      const { store } = await openShop(make);
      const nowMs = getNow();
      const lines = createLines(nowMs, [[HOUR_MS, 1_000]]);
      const cut = store.bookPast(
        'main',
        stream(lines, () => Promise.reject(new Error('cut'))),
      );
      await expect(cut).rejects.toThrow('cut');
      const [series] = (await store.readPoints('main', ['orders'], 1_000, 0, nowMs + 1_000)).values();
      expect(series?.points).toEqual([]);
      expect(await store.bookPast('main', stream(lines))).toMatchObject({ lines: lines.length });
    });

    it('is refused where something was counted, also between the first line and the last', async () => {
      const { store } = await openShop(make);
      const lines = toLines([[start, { orders: { added: 1 } }]]);
      const count = () => store.apply({ dashboard: 'main', changes: [{ counter: 'orders', by: 5 }] });
      const raced = store.bookPast('main', stream(lines, count));
      await expect(raced).rejects.toMatchObject({ code: 'has-history' });
      await expect(store.bookPast('main', stream(lines))).rejects.toMatchObject({ code: 'has-history' });
      expect(await store.readSnapshot('main')).toMatchObject({ revision: 1, counters: { orders: 5 } });
      await expect(store.bookPast('nowhere', stream(lines))).rejects.toMatchObject({ code: 'unknown-dashboard' });

      await store.define('other', DEFINITION);
      const retitle = () => store.define('other', { ...DEFINITION, title: 'Other', counters: {} });
      const redefined = store.bookPast('other', stream(lines, retitle));
      await expect(redefined).rejects.toMatchObject({ code: 'definition-changed' });
      const removed = store.bookPast(
        'other',
        stream(lines, () => store.remove('other')),
      );
      await expect(removed).rejects.toMatchObject({ code: 'unknown-dashboard' });
    });

    it('keeps the refusals that are stored under keys', async () => {
      const { store } = await openShop(make);
      const changeSet = { dashboard: 'main', key: 'k', changes: [{ counter: 'orders', by: -1 }] };
      await expect(store.apply(changeSet)).rejects.toMatchObject({ code: 'nothing-to-remove', replayed: false });
      await store.bookPast('main', stream(toLines([[start, { orders: { added: 9 } }]])));
      await expect(store.apply(changeSet)).rejects.toMatchObject({ code: 'nothing-to-remove', replayed: true });
    });
  });
}
