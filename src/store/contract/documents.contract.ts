/** Store contract: documents. */
import type { StoredDocument } from '../document-store.js';
import { toPrefixRange } from '../document-store.js';
import type { CounterStore } from '../store.js';
import { changeOrders, createMainStore, type StoreFactory } from './fixtures.contract.js';

const ALL = { from: '', to: '~', limit: 100 };
const toDocument = (name: string, text = `{"name":"${name}"}`): StoredDocument => ({ name, text });

/** Writes documents in the present version, and returns the next one. */
async function put(store: CounterStore, ...documents: readonly StoredDocument[]) {
  const present = await store.documents.read('main', { ...ALL, limit: 0 });
  const next = await store.documents.write('main', present, { put: documents });
  if (!next) throw new Error('the documents have changed meanwhile');
  return next;
}

async function readNames(store: CounterStore, range = ALL): Promise<string[]> {
  return (await store.documents.read('main', range)).documents.map(({ name }) => name);
}

export function describeDocuments(name: string, make: StoreFactory): void {
  describe(`${name}: documents`, () => {
    it('are put and removed together, in the order of their names, and change no number', async () => {
      const { store } = await createMainStore(make);
      const before = await store.readDashboard('main');
      expect(await store.documents.read('main', ALL)).toEqual({ epoch: before.epoch, version: 0, documents: [] });
      expect(await store.documents.listDashboards()).toEqual([]);
      const secret = { ...toDocument('rule/b'), secret: '{"secret":"größer"}' };
      const first = await put(store, secret, toDocument('rule/a', '"ä"'), toDocument('state/a'));
      expect(first).toEqual({ epoch: before.epoch, version: 1 });
      const changes = { put: [toDocument('rule/c')], remove: ['state/a', 'unknown'] };
      expect(await store.documents.write('main', first, changes)).toEqual({ ...first, version: 2 });
      expect(await store.documents.read('main', ALL)).toEqual({
        epoch: before.epoch,
        version: 2,
        documents: [toDocument('rule/a', '"ä"'), secret, toDocument('rule/c')],
      });
      expect(await store.readDashboard('main')).toEqual(before);
      expect(await store.documents.listDashboards()).toEqual(['main']);
    });

    it('are read by range, from either end, and no further than the limit', async () => {
      const { store } = await createMainStore(make);
      await put(store, ...['a', 'rule-1', 'rule/1', 'rule/2', 'rule/3', 'rules', 'z'].map((each) => toDocument(each)));
      const rules = { ...toPrefixRange('rule/'), limit: 100 };
      expect(await readNames(store, rules)).toEqual(['rule/1', 'rule/2', 'rule/3']);
      expect(await readNames(store, { ...rules, limit: 2 })).toEqual(['rule/1', 'rule/2']);
      expect(await readNames(store, { ...rules, from: 'rule/2', limit: 1 })).toEqual(['rule/2']);
      const newest = await store.documents.read('main', { ...rules, limit: 2, newestFirst: true });
      expect(newest.documents.map((each) => each.name)).toEqual(['rule/3', 'rule/2']);
    });

    it('are written by one of several writers who start from the same version', async () => {
      const { store } = await createMainStore(make);
      const present = await put(store, toDocument('a'));
      const writes = ['b', 'c', 'd'].map((each) => store.documents.write('main', present, { put: [toDocument(each)] }));
      const results = await Promise.all(writes);
      expect(results.filter((result) => result !== undefined)).toEqual([{ ...present, version: 2 }]);
      expect(await readNames(store)).toHaveLength(2);
      const otherEpoch = { ...present, version: 2, epoch: 'another' };
      expect(await store.documents.write('main', otherEpoch, { remove: ['a'] })).toBeUndefined();
      expect(await readNames(store)).toHaveLength(2);
    });

    it('go with the dashboard, and do not come back with one of the same name', async () => {
      const { store } = await createMainStore(make);
      const present = await put(store, toDocument('a'));
      await store.remove('main');
      await expect(store.documents.read('main', ALL)).rejects.toMatchObject({ code: 'unknown-dashboard' });
      await expect(store.documents.write('main', present, {})).rejects.toMatchObject({ code: 'unknown-dashboard' });
      await store.define('main', { counters: { orders: {} } });
      expect(await store.documents.read('main', ALL)).toMatchObject({ version: 0, documents: [] });
      expect(await store.documents.write('main', present, { put: [toDocument('b')] })).toBeUndefined();
    });

    it('stay while changes are counted and a past is booked', async () => {
      const { store } = await createMainStore(make);
      await put(store, toDocument('a'));
      const at = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
      const lines = (async function* () {
        yield [{ line: 1, at, counters: { orders: { added: 3 } } }];
      })();
      const past = await store.bookPast('main', lines);
      await store.apply(changeOrders(1));
      const { epoch } = past.dashboard;
      expect(await store.documents.read('main', ALL)).toEqual({ epoch, version: 1, documents: [toDocument('a')] });
      expect(await put(store, toDocument('b'))).toEqual({ epoch, version: 2 });
    });

    it('are durable once they are written', async () => {
      const { store, reopen } = await createMainStore(make);
      await put(store, { ...toDocument('a'), secret: 's' });
      const reopened = (await reopen?.()) ?? store;
      expect((await reopened.documents.read('main', ALL)).documents).toEqual([{ ...toDocument('a'), secret: 's' }]);
    });
  });
}
