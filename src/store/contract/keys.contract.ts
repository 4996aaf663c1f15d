/** Store contract: idempotency keys and retention. */
import { eventually } from '../../../test/support/cleanup.js';
import { type StoreFactory, createMainStore, changeOrders, testOf } from './fixtures.contract.js';

export function describeStoreKeys(name: string, make: StoreFactory): void {
  describe(`${name}: an idempotency key`, () => {
    it('counts once; a retry gets the first outcome again', async () => {
      const { store } = await createMainStore(make);
      const { dashboard, revision, at, counters } = await store.apply(changeOrders(2, { key: 'k' }));
      await store.apply(changeOrders(5));
      const replay = { dashboard, revision, at, counters, replayed: true };
      expect(await store.apply(changeOrders(2, { key: 'k' }))).toEqual(replay);
      expect(await store.readSnapshot('main')).toMatchObject({ revision: 2, counters: { orders: 7 } });
      expect(await store.readLedger('main', 0, 10)).toHaveLength(2);
    });

    it('replays a refusal even if the change could be applied by now', async () => {
      const { store } = await createMainStore(make);
      const removal = changeOrders(-1, { key: 'k' });
      const refusal = { code: 'nothing-to-remove', message: 'no order remains to remove' };
      await expect(store.apply(removal)).rejects.toMatchObject({ ...refusal, replayed: false });
      await store.apply(changeOrders(1));
      await expect(store.apply(removal)).rejects.toMatchObject({ ...refusal, replayed: true });
      const overfull = { dashboard: 'main', changes: [{ counter: 'orders', to: 2 ** 53 - 1 }] };
      await store.apply(overfull);
      const full = store.apply(changeOrders(1, { key: 'full' }));
      await expect(full).rejects.toMatchObject({ code: 'counter-full', replayed: false });
      await store.apply({ dashboard: 'main', changes: [{ counter: 'orders', to: 0 }] });
      const retried = store.apply(changeOrders(1, { key: 'full' }));
      await expect(retried).rejects.toMatchObject({ code: 'counter-full', replayed: true });
    });

    it('does not store the refusal of an unknown name', async () => {
      const { store } = await createMainStore(make);
      const changes = [{ counter: 'products', by: 1 }];
      const unknown = store.apply({ dashboard: 'main', changes, key: 'k' });
      await expect(unknown).rejects.toMatchObject({ code: 'unknown-counter' });
      await store.define('main', { counters: { products: {} } });
      expect(await store.apply({ dashboard: 'main', changes, key: 'k' })).toMatchObject({
        revision: 2,
        replayed: false,
      });
    });

    it('is refused for a change set with other changes or another reason', async () => {
      const { store } = await createMainStore(make);
      await store.apply(changeOrders(1, { key: 'k' }));
      const reused = { code: 'key-reused', replayed: false };
      await expect(store.apply(changeOrders(2, { key: 'k' }))).rejects.toMatchObject(reused);
      await expect(store.apply(changeOrders(1, { key: 'k', reason: 'why' }))).rejects.toMatchObject(reused);
      const recount = store.apply({ dashboard: 'main', changes: [{ counter: 'orders', to: 1 }], key: 'k' });
      await expect(recount).rejects.toMatchObject(reused);
      expect(await store.apply(changeOrders(1, { key: 'k' }))).toMatchObject({ revision: 1, replayed: true });
      expect(await store.readSnapshot('main')).toMatchObject({ revision: 1, counters: { orders: 1 } });
    });

    testOf('senders', make)('belongs to one dashboard, and is compared exactly', async () => {
      const { store } = await createMainStore(make);
      await store.define('other', { counters: { orders: {} } });
      const keys = ['k', 'K', 'k ', "'k'", '1', '01', 'x'.repeat(255)];
      for (const key of keys) await store.apply(changeOrders(1, { key }));
      await store.apply(changeOrders(1, { key: 'k', dashboard: 'other' }));
      expect(await store.readSnapshot('main')).toMatchObject({ counters: { orders: keys.length } });
      expect(await store.readSnapshot('other')).toMatchObject({ counters: { orders: 1 } });
    });

    const groups = { 'one after the other': 1, 'in one group': Number.MAX_SAFE_INTEGER };
    for (const [order, groupSize] of Object.entries(groups))
      testOf('senders', make)(`belongs to its owner: that of another one counts by itself, ${order}`, async () => {
        const { store } = await createMainStore(make);
        // Names that could be confused if owner and key were only joined.
        const owners = [undefined, 'token:till1', 'token:till2', 'jwt:till1', 'jwt:*', 'jwt:till1 k', 'jwt:a\u001fb'];
        const changeSets = owners.map((owner, index) =>
          changeOrders(index + 1, { key: 'k', ...(owner !== undefined && { owner }) }),
        );
        const applyGroups = async () => {
          const results = [];
          for (let from = 0; from < changeSets.length; from += groupSize)
            results.push(...(await store.applyAll(changeSets.slice(from, from + groupSize))));
          return results;
        };
        const first = await applyGroups();
        expect(first).toMatchObject(owners.map((_, index) => ({ revision: index + 1, replayed: false })));
        expect(await applyGroups()).toMatchObject(owners.map((_, index) => ({ revision: index + 1, replayed: true })));
        const reused = store.apply({ ...changeOrders(9, { key: 'k' }), owner: 'token:till2' });
        await expect(reused).rejects.toMatchObject({ code: 'key-reused' });
        expect(await store.readSnapshot('main')).toMatchObject({ revision: 7, counters: { orders: 28 } });
        const ledger = await store.readLedger('main', 0, 10);
        expect(ledger.map((entry) => [entry.key, 'owner' in entry])).toEqual(owners.map(() => ['k', false]));
      });

    testOf('senders', make)('of one owner does not replay the refusal of another one', async () => {
      const { store } = await createMainStore(make);
      const removal = (owner: string) => store.apply(changeOrders(-1, { key: 'k', owner }));
      await expect(removal('token:till1')).rejects.toMatchObject({ code: 'nothing-to-remove', replayed: false });
      await store.apply(changeOrders(1));
      expect(await removal('token:till2')).toMatchObject({ revision: 2, replayed: false });
      await expect(removal('token:till1')).rejects.toMatchObject({ code: 'nothing-to-remove', replayed: true });
    });

    testOf('senders', make)(
      'decides alone where the change set says so: other changes under it get the first outcome again',
      async () => {
        const { store } = await createMainStore(make);
        const hook = { key: 'k', owner: 'hook:shop', keyDecides: true } as const;
        const [first, second] = await store.applyAll([changeOrders(2, hook), changeOrders(7, hook)]);
        expect([first, second]).toMatchObject([
          { revision: 1, replayed: false },
          { revision: 1, replayed: true },
        ]);
        const other = { ...changeOrders(3, hook), reason: 'why' };
        expect(await store.apply(other)).toMatchObject({ revision: 1, counters: { orders: 2 }, replayed: true });
        // A sender whose payloads are compared is another owner, so neither gets the outcome of the other one.
        expect(await store.apply(changeOrders(3, { key: 'k' }))).toMatchObject({ revision: 2, replayed: false });
      },
    );

    it('counts once when it is sent 50 times concurrently; the other 49 replay it', async () => {
      const { store } = await createMainStore(make);
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => store.apply(changeOrders(1, { key: 'k' }))));
      expect(outcomes.map(({ replayed }) => replayed)).toEqual([false, ...Array<boolean>(49).fill(true)]);
      expect(new Set(outcomes.map(({ revision }) => revision))).toEqual(new Set([1]));
      expect(await store.readSnapshot('main')).toMatchObject({ revision: 1, counters: { orders: 1 } });
    });
  });

  describe(`${name}: retention`, () => {
    it('applies a change set again after its key has expired', async () => {
      const { store } = await createMainStore(make, { keyTtlMs: 200 });
      const { at } = await store.apply(changeOrders(1, { key: 'k' }));
      let latest = await store.apply(changeOrders(1, { key: 'k' }));
      await eventually(async () => !(latest = await store.apply(changeOrders(1, { key: 'k' }))).replayed);
      expect(latest.at - at).toBeGreaterThanOrEqual(200);
      expect(latest).toMatchObject({ revision: 2, counters: { orders: 2 } });
    });

    testOf('senders', make)(
      'keeps a key with a time to live of its own for as long, beside others that end sooner',
      async () => {
        const { store } = await createMainStore(make, { keyTtlMs: 200 });
        const long = changeOrders(1, { key: 'long', owner: 'hook:shop', keyTtlMs: 3_600_000 });
        const short = changeOrders(1, { key: 'short', owner: 'hook:shop', keyTtlMs: 100 });
        await store.applyAll([long, changeOrders(1, { key: 'k' }), short]);
        for (const ended of [changeOrders(1, { key: 'k' }), short])
          await eventually(async () => !(await store.apply(ended)).replayed);
        expect(await store.apply(long)).toMatchObject({ revision: 1, replayed: true });
        expect(await store.readSnapshot('main')).toMatchObject({ revision: 5, counters: { orders: 5 } });
      },
    );

    it('deletes the oldest ledger entries beyond the maximum', async () => {
      const { store } = await createMainStore(make, { maxLedgerEntries: 3 });
      await Promise.all(Array.from({ length: 10 }, () => store.apply(changeOrders(1))));
      await eventually(async () => (await store.readLedger('main', 0, 100)).length <= 3);
      expect((await store.readLedger('main', 0, 100)).map(({ revision }) => revision)).toEqual([8, 9, 10]);
    });

    it('deletes ledger entries beyond their age and keeps the counters', async () => {
      const { store } = await createMainStore(make, { ledgerRetentionMs: 300 });
      await Promise.all([store.apply(changeOrders(1)), store.apply(changeOrders(1))]);
      // With a change each time, because the memory store deletes expired entries only then.
      await eventually(async () => {
        await store.apply(changeOrders(1));
        return ((await store.readLedger('main', 0, 1))[0]?.revision ?? 3) > 2;
      });
      const { revision, counters } = await store.readSnapshot('main');
      expect(counters).toMatchObject({ orders: revision });
    });
  });
}
