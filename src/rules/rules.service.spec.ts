/** Rules of a shared store whose patches get lost: what they tell follows the ledger. */
import { Subject } from 'rxjs';
import { Clock } from '../clock/clock.js';
import { Config } from '../config/config.js';
import { NotifyAllow } from '../config/notify-allow.js';
import { DashboardService } from '../dashboard/dashboard.service.js';
import { SharedStateCache } from '../dashboard/state/shared-state-cache.js';
import { MemoryStore } from '../store/memory/memory.store.js';
import type { StoreEvent } from '../store/store-events.js';
import { toRetention } from '../store/store.module.js';
import type { RuleCondition } from './rule.js';
import { RulesService } from './rules.service.js';

/** Reports only what a test publishes. */
class SharedMemoryStore extends MemoryStore {
  override readonly isShared = true;
  override readonly events$ = new Subject<StoreEvent>();
}

/** Starts the rules of dashboard `shop`, on a clock that a test moves. */
async function startRules() {
  const config = Object.assign(new Config(), { NOTIFY_ALLOW: NotifyAllow.parse('127.0.0.1') });
  const clock = new Clock(0);
  const time = { nowMs: clock.now() };
  clock.now = () => time.nowMs;
  const store = new SharedMemoryStore(toRetention(config), { maxCounters: 9, maxDashboards: 9 }, clock, 'UTC');
  const dashboards = new DashboardService(store, new SharedStateCache(store), config, clock);
  const rules = new RulesService(store, dashboards, clock, config);
  await dashboards.onModuleInit();
  await store.define('shop', { counters: { sold: {}, stock: { kind: 'gauge' } } });
  await rules.onApplicationBootstrap();
  return {
    store,
    time,
    define: (when: RuleCondition) =>
      rules.define('shop', 'rule', { when, notify: [{ url: 'http://127.0.0.1:1/', format: 'cloudevents' }] }),
    /** Resolves once the rule holds, or does not. */
    waitFor: async (isHolding: boolean): Promise<void> => {
      while ((await rules.get('shop', 'rule')).rule.state.isHolding !== isHolding)
        await new Promise((resolve) => setImmediate(resolve));
    },
    isHolding: async () => (await rules.get('shop', 'rule')).rule.state.isHolding,
    publish: async () => store.events$.next({ kind: 'reloaded', dashboard: await store.readDashboard('shop') }),
    stop: async (): Promise<void> => {
      await rules.beforeApplicationShutdown();
      dashboards.onApplicationShutdown();
    },
  };
}

it('a rule fires for a gauge that has come back to where an instance saw it last', async () => {
  const { store, define, waitFor, isHolding, publish, stop } = await startRules();
  const setStock = (to: number, sold = 0) =>
    store.apply({
      dashboard: 'shop',
      changes: [{ counter: 'stock', to }, ...(sold > 0 ? [{ counter: 'sold', by: sold }] : [])],
    });
  await setStock(5);
  await publish();
  await define({ of: 'stock', below: 30 });
  await waitFor(true);
  // The patch is lost: the rule has it from the ledger, and the state of the instance does not.
  await setStock(61);
  await waitFor(false);
  await setStock(5, 1);
  await publish();
  await waitFor(true);
  expect(await isHolding()).toBe(true);
  await stop();
});

it('the silence of a counter that nothing has touched goes on over a new definition', async () => {
  const { store, time, define, waitFor, isHolding, publish, stop } = await startRules();
  await define({ of: 'sold', silentFor: 'PT1M' });
  await waitFor(false);
  time.nowMs += 59_000;
  await store.define('shop', { title: 'Shop', counters: { sold: {}, stock: { kind: 'gauge' } } });
  await publish();
  time.nowMs += 2_000;
  await store.define('shop', { title: 'Our shop', counters: { sold: {}, stock: { kind: 'gauge' } } });
  await publish();
  await waitFor(true);
  expect(await isHolding()).toBe(true);
  await stop();
});
