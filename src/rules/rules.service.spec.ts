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
import { RulesService } from './rules.service.js';

/** Reports only what a test publishes. */
class SharedMemoryStore extends MemoryStore {
  override readonly isShared = true;
  override readonly events$ = new Subject<StoreEvent>();
}

it('a rule fires for a gauge that has come back to where an instance saw it last', async () => {
  const config = Object.assign(new Config(), { NOTIFY_ALLOW: NotifyAllow.parse('127.0.0.1') });
  const clock = new Clock(0);
  const store = new SharedMemoryStore(toRetention(config), { maxCounters: 9, maxDashboards: 9 }, clock, 'UTC');
  const dashboards = new DashboardService(store, new SharedStateCache(store), config, clock);
  const rules = new RulesService(store, dashboards, clock, config);
  const until = async (isDone: () => Promise<boolean>): Promise<void> => {
    while (!(await isDone())) await new Promise((resolve) => setImmediate(resolve));
  };
  const isFiring = async () => (await rules.get('shop', 'low')).rule.state.isHolding;
  const setStock = (to: number, sold = 0) =>
    store.apply({
      dashboard: 'shop',
      changes: [{ counter: 'stock', to }, ...(sold > 0 ? [{ counter: 'sold', by: sold }] : [])],
    });
  await dashboards.onModuleInit();
  await store.define('shop', { counters: { sold: {}, stock: { kind: 'gauge' } } });
  await setStock(5);
  await rules.onApplicationBootstrap();
  const notify = [{ url: 'http://127.0.0.1:1/', format: 'cloudevents' }] as const;
  await rules.define('shop', 'low', { when: { of: 'stock', below: 30 }, notify });
  await until(isFiring);
  // The patch is lost: the rule has it from the ledger, and the state of the instance does not.
  await setStock(61);
  await until(async () => !(await isFiring()));
  await setStock(5, 1);
  store.events$.next({ kind: 'reloaded', dashboard: await store.readDashboard('shop') });
  await until(isFiring);
  expect(await isFiring()).toBe(true);
  await rules.beforeApplicationShutdown();
  dashboards.onApplicationShutdown();
});
