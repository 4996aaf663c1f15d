/** Store contract: searches of the ledger. */
import * as fc from 'fast-check';
import type { ChangeSet } from '../../counters/counters.js';
import { type LedgerSearch, MAX_EXAMINED_ENTRIES } from '../ledger-search.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import type { CounterStore } from '../store.js';
import { changeOrders, createMainStore, type StoreFactory, testOf } from './fixtures.contract.js';

const NAMES = ['orders', 'customers', 'visitors'];

/** Follows a search to its end. @returns the revisions that were found, and the number of pages */
async function followSearch(
  store: CounterStore,
  search: LedgerSearch,
): Promise<{ readonly found: number[]; readonly pages: number }> {
  const found: number[] = [];
  let range: Partial<LedgerSearch> = {};
  for (let pages = 1; ; pages += 1) {
    const { entries, next } = await store.searchLedger('main', { ...search, ...range });
    found.push(...entries.map(({ revision }) => revision));
    if (next === undefined) return { found, pages };
    range = search.newestFirst ? { before: next } : { after: next };
  }
}

/** Returns the revisions that a search must find. */
function findExpected(entries: readonly LedgerEntry[], search: LedgerSearch): number[] {
  const { after, before = Infinity, counters, who } = search;
  const matching = entries.filter(
    (entry) =>
      entry.revision > after &&
      entry.revision < before &&
      (who === undefined || entry.who === who) &&
      (!counters || entry.changes.some(({ counter }) => counters.has(counter))),
  );
  const revisions = matching.map(({ revision }) => revision);
  return search.newestFirst ? revisions.toReversed() : revisions;
}

const search: fc.Arbitrary<LedgerSearch> = fc.record(
  {
    after: fc.nat(45),
    before: fc.integer({ min: 1, max: 45 }),
    limit: fc.integer({ min: 1, max: 12 }),
    newestFirst: fc.boolean(),
    counters: fc.subarray([...NAMES, 'nothing']).map((names) => new Set(names)),
    who: fc.constantFrom('ann', 'bob', 'nobody'),
  },
  { requiredKeys: ['after', 'limit'] },
);

export function describeStoreLedger(name: string, make: StoreFactory): void {
  describe(`${name}: a search of the ledger`, () => {
    testOf('senders', make)(
      'finds what matches every filter, in either direction, and its pages lead to each entry once',
      async () => {
        const { store } = await createMainStore(make);
        await store.define('main', { counters: { visitors: {} } });
        const sets = Array.from({ length: 40 }, (_, index): ChangeSet => {
          const counters = NAMES.filter((_name, place) => (index + 1) % (place + 2) === 0);
          const changes = (counters.length > 0 ? counters : ['orders']).map((counter) => ({ counter, by: 1 }));
          return { dashboard: 'main', changes, ...(index % 3 > 0 && { who: index % 3 === 1 ? 'ann' : 'bob' }) };
        });
        await store.applyAll(sets);
        const entries = await store.readLedger('main', 0, 100);
        expect(entries).toHaveLength(41);
        const property = fc.asyncProperty(search, async (wanted) => {
          const { found, pages } = await followSearch(store, wanted);
          expect(found).toEqual(findExpected(entries, wanted));
          expect(pages).toBeLessThanOrEqual(Math.max(1, Math.ceil(found.length / wanted.limit) + 1));
        });
        await fc.assert(property, { numRuns: 100 });
      },
    );

    testOf('senders', make)(
      'ends after a number of entries without a match, and goes on from there',
      async () => {
        const { store } = await createMainStore(make);
        await store.applyAll([changeOrders(1, { who: 'ann' })]);
        for (let sent = 0; sent < MAX_EXAMINED_ENTRIES + 100; sent += 1_010)
          await store.applyAll(Array.from({ length: 1_010 }, () => changeOrders(1)));
        const { revision } = await store.apply(changeOrders(1, { who: 'ann' }));
        const wanted = { after: 0, limit: 10, who: 'ann' };
        const first = await store.searchLedger('main', wanted);
        expect([first.entries.map((entry) => entry.revision), first.next]).toEqual([[1], MAX_EXAMINED_ENTRIES]);
        expect(await followSearch(store, wanted)).toEqual({ found: [1, revision], pages: 2 });
        const newest = { ...wanted, newestFirst: true };
        expect(await followSearch(store, newest)).toEqual({ found: [revision, 1], pages: 2 });
        expect(await followSearch(store, { ...wanted, limit: 1, counters: new Set(['customers']) })).toEqual({
          found: [],
          pages: 2,
        });
      },
      60_000,
    );

    it('of an unknown dashboard is refused, and one without a match is empty', async () => {
      const { store } = await createMainStore(make);
      await expect(store.searchLedger('nowhere', { after: 0, limit: 1 })).rejects.toMatchObject({
        code: 'unknown-dashboard',
      });
      expect(await store.searchLedger('main', { after: 0, limit: 1, who: 'ann' })).toEqual({ entries: [] });
    });
  });
}
