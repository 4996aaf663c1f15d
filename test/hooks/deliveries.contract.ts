/** Events that are delivered several times, to services that are killed under load, count once each. */
import { deliverEvents, SHOP_HOOK } from '../support/hook-deliveries.js';
import { postToHook } from '../support/hooks.js';
import { createStripeRequest } from '../support/provider-requests.js';
import { computeTimeLimit, readPositiveInteger, SEED } from '../support/rounds.js';
import { readSnapshot, type Service } from '../support/service.js';
import { exportMain } from '../support/store-audit.js';

const EVENTS = readPositiveInteger('EVENTS', 300);
const KILLS = readPositiveInteger('ROUNDS', 2);
const DAY_MS = 86_400_000;

/**
 * @param start starts services with a HOOKS_FILE of {@link SHOP_HOOK}. Returns them, how to start another one in place
 *   of one that was killed, and where the data is
 */
export function describeDeliveries(
  name: string,
  start: () => Promise<{
    readonly services: Service[];
    readonly restart: (service: Service) => Promise<Service>;
    readonly location: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  }>,
): void {
  it(
    `${name}: ${EVENTS} events, three of ten delivered 2 to 5 times, count once each through ${KILLS} kills (seed ${SEED})`,
    async () => {
      const { services, restart, location, env } = await start();
      const running = [...services];
      const { events, deliveries, answers, countedTwice } = await deliverEvents({
        events: EVENTS,
        kills: KILLS,
        services: () => running,
        restart: async (random) => {
          const index = random(running.length);
          const victim = running[index];
          if (!victim) throw new Error('no service runs');
          await victim.kill();
          running[index] = await restart(victim);
        },
      });
      expect(countedTwice).toEqual([]);
      expect([...answers.keys()].toSorted()).toEqual(['200 counted', '200 replayed']);
      expect([...answers.values()].reduce((sum, times) => sum + times)).toBe(deliveries);
      const products = events.reduce((sum, { amount }) => sum + amount, 0);
      const expected = { revision: EVENTS, counters: { orders: EVENTS, products, customers: 0 } };
      const [service] = running;
      if (!service) throw new Error('no service runs');
      expect(await readSnapshot(service)).toMatchObject(expected);
      const [first] = events;
      const [secret] = SHOP_HOOK.secrets;
      const late = createStripeRequest({ id: 'evt_0', amount: 1 + (first?.amount ?? 0), secret: secret ?? '' });
      expect(await postToHook(service.url, 'shop', late)).toEqual([200, 'replayed']);

      for (const one of running) expect(await one.stop()).toBe(0);
      const { ledger, keyRecords } = await exportMain(location, env);
      expect(new Set(ledger.map(({ key }) => key))).toEqual(new Set(events.map(({ id }) => `hook:shop:${id}`)));
      expect(ledger).toHaveLength(EVENTS);
      expect(new Set(keyRecords.map(({ at, keepUntil = 0 }) => (keepUntil - at) / DAY_MS))).toEqual(new Set([35]));
      expect(new Set(keyRecords.map(({ owner }) => owner))).toEqual(new Set(['hook:shop']));
    },
    computeTimeLimit(KILLS, 20_000),
  );
}
