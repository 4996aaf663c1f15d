/** Store contract: undo. */
import { eventually } from '../../../test/support/cleanup.js';
import type { Change, ChangeSet } from '../../counters/counters.js';
import type { TallyError } from '../../counters/errors.js';
import { BUCKETS, type CounterStore } from '../store.js';
import {
  changeOrders,
  createMainStore,
  readCounterPoints,
  type StoreFactory,
  yieldThenReopen,
  testOf,
} from './fixtures.contract.js';

const MAX = Number.MAX_SAFE_INTEGER;
const [, { stepMs: MINUTE }] = BUCKETS;

const undo = (undoes: number, more: Partial<ChangeSet> = {}): ChangeSet => ({
  dashboard: 'main',
  changes: [],
  undoes,
  ...more,
});

const applyChanges = (store: CounterStore, ...changes: Change[]) => store.apply({ dashboard: 'main', changes });

/** Returns the refusal of an undo as text. */
async function explainRefusal(store: CounterStore, revision: number): Promise<string> {
  const [result] = await store.applyAll([undo(revision)]);
  return result && 'code' in result ? `${result.code}: ${result.message}` : `revision ${result?.revision}`;
}

export function describeStoreUndo(name: string, make: StoreFactory): void {
  describe(`${name}: undo`, () => {
    testOf('totals', make)(
      'books the opposite of every change as a change set of its own, the last change first',
      async () => {
        const opened = await createMainStore(make);
        const { store } = opened;
        await applyChanges(store, { counter: 'orders', by: 7 }, { counter: 'customers', to: 3 });
        await applyChanges(
          store,
          { counter: 'orders', by: 5 },
          { counter: 'orders', by: -12 },
          { counter: 'customers', to: 10 },
          { counter: 'customers', to: 4 },
        );
        const outcome = await store.apply(undo(2, { reason: 'mistake', who: 'ann', key: 'k' }));
        expect(outcome).toMatchObject({
          revision: 3,
          counters: { orders: 7, customers: 3 },
          added: { orders: 24, customers: 16 },
          removed: { orders: 17, customers: 13 },
          replayed: false,
        });
        for await (const opening of yieldThenReopen(opened)) {
          const entries = await opening.readLedger('main', 2, 10);
          expect(entries).toEqual([
            {
              revision: 3,
              at: outcome.at,
              changes: [
                { counter: 'customers', by: 6 },
                { counter: 'customers', by: -7 },
                { counter: 'orders', by: 12 },
                { counter: 'orders', by: -5 },
              ],
              key: 'k',
              reason: 'mistake',
              who: 'ann',
              undoes: 2,
            },
          ]);
          expect((await readCounterPoints(opening, 'orders', MINUTE)).at(-1)?.value).toBe(7);
          expect(await explainRefusal(opening, 2)).toBe('already-undone: revision 2 was undone by revision 3');
        }
      },
    );

    it('undoes a revision once, and an undo like any other entry', async () => {
      const opened = await createMainStore(make);
      const { store } = opened;
      await store.apply(changeOrders(5));
      const values = [];
      for (const revision of [1, 2, 3, 4]) values.push((await store.apply(undo(revision))).counters['orders']);
      expect(values).toEqual([0, 5, 0, 5]);
      for await (const opening of yieldThenReopen(opened)) {
        expect(await Promise.all([1, 2, 3, 4].map((revision) => explainRefusal(opening, revision)))).toEqual(
          [1, 2, 3, 4].map((revision) => `already-undone: revision ${revision} was undone by revision ${revision + 1}`),
        );
        expect(await opening.readSnapshot('main')).toMatchObject({ revision: 5, counters: { orders: 5 } });
        for (const newestFirst of [false, true]) {
          const { entries } = await opening.searchLedger('main', { after: 0, limit: 10, newestFirst });
          const links = entries.map(({ revision, undoes, undoneBy }) => [revision, undoes, undoneBy]);
          expect(newestFirst ? links.toReversed() : links).toEqual([
            [1, undefined, 2],
            [2, 1, 3],
            [3, 2, 4],
            [4, 3, 5],
            [5, 4, undefined],
          ]);
        }
        expect(await opening.readLedger('main', 1, 1)).toMatchObject([{ revision: 2, undoes: 1, undoneBy: 3 }]);
      }
    });

    it('decides undos of one group in order, also of entries that the group books', async () => {
      const { store } = await createMainStore(make);
      await store.define('main', { counters: { visitors: {} } });
      await applyChanges(store, { counter: 'visitors', by: 9 });
      const results = await store.applyAll([
        changeOrders(5),
        undo(3),
        undo(3),
        undo(2),
        undo(4),
        undo(7),
        undo(6),
        undo(8),
        undo(9),
      ]);
      expect(results.map((result) => ('code' in result ? result.code : result.revision))).toEqual([
        3,
        4,
        'already-undone',
        5,
        6,
        'unknown-revision',
        7,
        'unknown-revision',
        'unknown-revision',
      ]);
      expect(await store.readSnapshot('main')).toMatchObject({ revision: 7, counters: { orders: 0, visitors: 0 } });
    });

    it('lets one of many concurrent undos of a revision win, and names it to the others', async () => {
      const { store } = await createMainStore(make);
      await store.apply(changeOrders(8));
      const settled = await Promise.allSettled(Array.from({ length: 40 }, () => store.apply(undo(1))));
      const refusals = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as TallyError] : []));
      expect(refusals.map(({ code, message }) => [code, message])).toEqual(
        refusals.map(() => ['already-undone', 'revision 1 was undone by revision 2']),
      );
      expect(refusals).toHaveLength(39);
      expect(await store.readSnapshot('main')).toMatchObject({ revision: 2, counters: { orders: 0 } });
    });

    it('replays under its key, and remembers refusals by a rule and no unknown revision', async () => {
      const { store } = await createMainStore(make);
      await store.apply(changeOrders(5));
      const [first, again, other, otherReason, unkeyed, refused, refusedAgain, unknown] = await store.applyAll([
        undo(1, { key: 'k' }),
        undo(1, { key: 'k' }),
        undo(2, { key: 'k' }),
        undo(1, { key: 'k', reason: 'mistake' }),
        undo(1),
        undo(1, { key: 'l' }),
        undo(1, { key: 'l' }),
        undo(3, { key: 'm' }),
      ]);
      expect([first, again]).toMatchObject([
        { revision: 2, replayed: false },
        { revision: 2, replayed: true },
      ]);
      expect([other, otherReason, unkeyed, refused, refusedAgain, unknown]).toMatchObject([
        { code: 'key-reused' },
        { code: 'key-reused' },
        { code: 'already-undone', replayed: false },
        { code: 'already-undone', replayed: false },
        { code: 'already-undone', replayed: true, message: 'revision 1 was undone by revision 2' },
        { code: 'unknown-revision', replayed: false },
      ]);
      await store.apply(changeOrders(3));
      expect(await store.apply(undo(3, { key: 'm' }))).toMatchObject({ revision: 4, replayed: false });
    });

    it('holds the lowest and the largest value, and can be tried again', async () => {
      const { store } = await createMainStore(make);
      await store.apply(changeOrders(5));
      await store.apply(changeOrders(-3));
      expect(await explainRefusal(store, 1)).toBe('nothing-to-remove: cannot remove 5 from orders: only 2 remain');
      await applyChanges(store, { counter: 'orders', to: MAX });
      expect(await explainRefusal(store, 2)).toMatch(/^counter-full: /);
      await store.apply(changeOrders(-3));
      expect(await store.apply(undo(2))).toMatchObject({ revision: 5, counters: { orders: MAX } });
      expect(await store.apply(undo(1))).toMatchObject({ revision: 6, counters: { orders: MAX - 5 } });
    });

    it('takes back a way that is longer than one change can be, exactly', async () => {
      const { store } = await createMainStore(make);
      await store.define('main', { counters: { balance: { min: null } } });
      for (const to of [-MAX, MAX - 1, -MAX + 2]) await applyChanges(store, { counter: 'balance', to });
      await store.apply(undo(4));
      await store.apply(undo(3));
      const { counters } = await store.readDashboard('main');
      expect(counters.get('balance')).toMatchObject({ value: -MAX });
      expect((await store.readLedger('main', 4, 10)).map(({ changes }) => changes)).toEqual([
        [MAX, MAX - 3].map((by) => ({ counter: 'balance', by })),
        [-MAX, -MAX + 1].map((by) => ({ counter: 'balance', by })),
      ]);
    });

    it('refuses definitions, deletions, counters that begin anew, and what moved nothing', async () => {
      const opened = await createMainStore(make);
      const { store } = opened;
      await store.define('main', { counters: { visitors: {} } });
      await applyChanges(store, { counter: 'visitors', by: 5 }, { counter: 'orders', by: 1 });
      await store.remove('main', 'visitors');
      for (const revision of [1, 2, 3]) {
        expect(await explainRefusal(store, revision)).toBe(
          `not-undoable: revision ${revision} cannot be undone: visitors was deleted since`,
        );
      }
      await store.define('main', { counters: { visitors: {} } });
      await applyChanges(store, { counter: 'visitors', to: 0 });
      for await (const opening of yieldThenReopen(opened)) {
        for (const revision of [1, 2, 3, 4]) {
          expect(await explainRefusal(opening, revision)).toBe(
            `not-undoable: revision ${revision} cannot be undone: visitors begins with revision 4`,
          );
        }
        expect(await explainRefusal(opening, 5)).toBe('not-undoable: revision 5 cannot be undone: it moved no counter');
        expect(await explainRefusal(opening, 6)).toBe('unknown-revision: the ledger of main has no revision 6');
      }
    });

    it('refuses a setting of a gauge that was set since, and takes back the last one and every move', async () => {
      const opened = await createMainStore(make);
      const { store } = opened;
      const set = (to: number): Change => ({ counter: 'queue', to });
      await store.define('main', { counters: { queue: { kind: 'gauge' } } });
      await applyChanges(store, set(10));
      await applyChanges(store, { counter: 'queue', by: 3 }, { counter: 'orders', by: 2 });
      await applyChanges(store, { counter: 'orders', by: 1 }, set(5), set(4));
      await store.apply(changeOrders(1));
      await expect(applyChanges(store, set(6), { counter: 'orders', by: -9 })).rejects.toMatchObject({
        code: 'nothing-to-remove',
      });
      for await (const opening of yieldThenReopen(opened)) {
        expect(await explainRefusal(opening, 2)).toBe(
          'not-undoable: revision 2 cannot be undone: queue was set again since',
        );
        // The last setting is taken back, and put back.
        const { revision } = await opening.readSnapshot('main');
        const values = [];
        for (const undone of [revision === 5 ? 4 : revision, revision + 1])
          values.push((await opening.apply(undo(undone))).counters['queue']);
        expect(values).toEqual([13, 4]);
      }
    });

    it('refuses the past that was booked', async () => {
      const { store } = await createMainStore(make);
      const lines = async function* () {
        yield [{ line: 1, at: 1_000_000, counters: { orders: { added: 5 } } }];
      };
      await store.bookPast('main', lines());
      expect(await explainRefusal(store, 1)).toBe(
        'not-undoable: revision 1 cannot be undone: orders begins with revision 1',
      );
      await store.apply(changeOrders(2));
      expect(await store.apply(undo(2))).toMatchObject({ revision: 3, counters: { orders: 5 } });
    });

    it('forgets what was undone with the entries that leave the ledger', async () => {
      const { store } = await createMainStore(make, { maxLedgerEntries: 2 });
      await store.apply(changeOrders(9));
      for (let index = 0; index < 6; index += 1) await store.applyAll([changeOrders(2), undo(2 * index + 2)]);
      await eventually(async () => (await store.readLedger('main', 0, 100)).length <= 2);
      expect(await store.readLedger('main', 0, 100)).toMatchObject([{ revision: 12, undoneBy: 13 }, { undoes: 12 }]);
      expect(await explainRefusal(store, 2)).toBe('unknown-revision: the ledger of main has no revision 2');
    });
  });
}
