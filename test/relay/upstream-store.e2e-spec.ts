/** The store of a relay: the contract of all stores, before an application that keeps its counters in memory. */
import type { Subject } from 'rxjs';
import { describeStore } from '../../src/store/contract/store.contract.js';
import type { StoreFactory } from '../../src/store/contract/fixtures.contract.js';
import type { StoreEvent } from '../../src/store/store-events.js';
import { CounterStore } from '../../src/store/store.js';
import { UpstreamStore } from '../../src/store/upstream/upstream.store.js';
import { startApp } from '../support/app.js';
import { afterTest } from '../support/cleanup.js';

/** The store of the upstream. Its application learns of what was done behind its back as it does after a fault. */
type OwnStore = CounterStore & { readonly events$: Subject<StoreEvent> };

/**
 * Gives the store of a relay what it does not have. The routes of a relay pass on whatever needs it, so this hands it
 * to the store of the upstream: `define`, `remove`, `bookPast`, `readPoints`, `readPastBounds`, documents, and
 * `readSums` of more than present periods.
 *
 * Definitions and removals wait for the changes before them, and hold up those after them: the requests of a relay for
 * them are under way side by side, and have no order.
 */
function complete(relay: UpstreamStore, own: OwnStore): CounterStore {
  let alone: Promise<unknown> = Promise.resolve();
  const applying = new Set<Promise<unknown>>();
  const runAlone = <T>(call: () => Promise<T>): Promise<T> => {
    const result = Promise.all([alone, ...applying])
      .then(() => relay.ping())
      .then(call);
    alone = result.catch(() => {});
    return result;
  };
  const reload = async (dashboard: string) =>
    own.events$.next({ kind: 'reloaded', dashboard: await own.readDashboard(dashboard) });
  const apply = relay.apply.bind(relay);
  const passedOn: Partial<CounterStore> = {
    apply: (changeSet) => {
      const applied = alone.then(() => apply(changeSet));
      const settled = Promise.allSettled([applied]).finally(() => applying.delete(settled));
      applying.add(settled);
      return applied;
    },
    define: (name, ...rest) =>
      runAlone(async () => {
        const defined = await own.define(name, ...rest);
        await reload(name);
        return defined;
      }),
    remove: (dashboard, counter, who) =>
      runAlone(async () => {
        const outcome = await own.remove(dashboard, counter, who);
        if (counter === undefined) own.events$.next({ kind: 'removed', dashboard });
        else await reload(dashboard);
        return outcome;
      }),
    bookPast: (...parameters) => own.bookPast(...parameters),
    readPoints: async (...parameters) => {
      await relay.ping();
      return own.readPoints(...parameters);
    },
    readSums: async (...parameters) => {
      await relay.ping();
      return own.readSums(...parameters);
    },
    readPastBounds: (...parameters) => own.readPastBounds(...parameters),
    documents: own.documents,
  };
  return Object.assign(relay, passedOn);
}

/** The contract books a past of 40 days, and its entry stays where nothing else is said. */
const KEPT_MS = 60 * 86_400_000;

const make: StoreFactory = async ({ keyTtlMs, ledgerRetentionMs = KEPT_MS, maxLedgerEntries } = {}, limits = {}) => {
  const { url, app } = await startApp({
    STORE: 'memory',
    ...(keyTtlMs !== undefined && { IDEMPOTENCY_KEY_TTL_S: keyTtlMs / 1_000 }),
    LEDGER_RETENTION_S: ledgerRetentionMs / 1_000,
    ...(maxLedgerEntries !== undefined && { LEDGER_MAX_ENTRIES: maxLedgerEntries }),
    ...(limits.maxCounters !== undefined && { MAX_COUNTERS: limits.maxCounters }),
    ...(limits.maxDashboards !== undefined && { MAX_DASHBOARDS: limits.maxDashboards }),
  });
  const own = app.get<OwnStore>(CounterStore);
  const open = async () => {
    const options = { url, token: '', maxPending: 10_000, timeoutMs: 5_000 };
    const store = complete(new UpstreamStore(options), own);
    await store.open();
    afterTest(() => store.close());
    return store;
  };
  const store = await open();
  // A service makes this one by itself.
  await store.remove('main');
  return {
    store,
    reopen: async () => {
      await store.close();
      return open();
    },
  };
};

describeStore(
  'UpstreamStore',
  Object.assign(make, {
    exceptions: {
      totals: 'answers to changes have none: they come with the watch, as numbers of JSON',
      senders: 'the upstream takes names and owners of keys from tokens; each change has a key, of printable ASCII',
      settings: 'a definition is read with what holds where nothing is set, such as the time zone of the upstream',
    },
  }),
);
