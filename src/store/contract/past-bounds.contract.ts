/** Store contract: where the kept past begins, and where moments lie in the ledger. */
import { ROWS } from '../store.js';
import { changeOrders, createMainStore, type StoreFactory, yieldThenReopen } from './fixtures.contract.js';

const toRowStarts = (at: number): number[] => ROWS.map(({ stepMs }) => at - (at % stepMs));

export function describePastBounds(name: string, make: StoreFactory): void {
  describe(`${name}: the bounds of the past`, () => {
    it('are the oldest entry, the oldest row of each kind, and the newest entry at or before each moment', async () => {
      const opened = await createMainStore(make);
      const times: number[] = [];
      for (let count = 0; count < 20; count += 1) times.push((await opened.store.apply(changeOrders(1))).at);
      const [first = 0] = times;
      const last = times.at(-1) ?? 0;
      const moments = [first - 1, ...times, last + 1, Number.MAX_SAFE_INTEGER];
      const expected = moments.map((moment) => {
        const revision = times.findLastIndex((at) => at <= moment) + 1;
        return revision === 0 ? undefined : { revision, at: times[revision - 1] };
      });
      for await (const store of yieldThenReopen(opened)) {
        const bounds = await store.readPastBounds('main', ['customers', 'orders'], moments);
        expect(bounds).toEqual({
          epoch: (await store.readDashboard('main')).epoch,
          oldestEntry: expect.objectContaining({ revision: 1, at: first }) as unknown,
          positions: expected,
          firstRows: new Map<string, readonly (number | undefined)[]>([
            ['customers', ROWS.map(() => undefined)],
            ['orders', toRowStarts(first)],
          ]),
        });
      }
    });

    it('know the rows of a gauge, and the entries that remain of a ledger', async () => {
      const { store } = await make({ maxLedgerEntries: 2 });
      await store.define('main', { counters: { orders: {}, queue: { kind: 'gauge' } } });
      const { at } = await store.apply({ dashboard: 'main', changes: [{ counter: 'queue', to: 4 }] });
      for (let count = 0; count < 40; count += 1) await store.apply(changeOrders(1));
      // Entries may expire at any time.
      const readOldest = async (): Promise<number> => (await store.readLedger('main', 0, 1))[0]?.revision ?? 0;
      const before = await readOldest();
      const { oldestEntry, positions, firstRows } = await store.readPastBounds('main', ['queue'], [at - 1, at + 9e9]);
      expect(oldestEntry?.revision).toBeGreaterThanOrEqual(before);
      expect(oldestEntry?.revision).toBeLessThanOrEqual(await readOldest());
      expect(positions).toEqual([undefined, { revision: 41, at: expect.any(Number) as unknown }]);
      expect(firstRows).toEqual(new Map([['queue', toRowStarts(at)]]));
    });

    it('are empty for a dashboard that has counted nothing, and refused for unknown names', async () => {
      const { store } = await createMainStore(make);
      const { oldestEntry, positions, firstRows } = await store.readPastBounds('main', [], [0, 1]);
      expect([oldestEntry, positions, firstRows.size]).toEqual([undefined, [undefined, undefined], 0]);
      await expect(store.readPastBounds('nowhere', [], [])).rejects.toMatchObject({ code: 'unknown-dashboard' });
      const unknown = store.readPastBounds('main', ['odrers'], []);
      await expect(unknown).rejects.toMatchObject({ code: 'unknown-counter' });
    });
  });
}
