/** Deliveries to one service with the embedded store, and after days. */
import { runCommand } from '../support/cli-process.js';
import { eventually } from '../support/cleanup.js';
import { FakedClock } from '../support/faked-clock.js';
import { SHOP_HOOK } from '../support/hook-deliveries.js';
import { postToHook, writeHooksFile } from '../support/hooks.js';
import { createStripeRequest } from '../support/provider-requests.js';
import { readSnapshot, startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { describeDeliveries } from './deliveries.contract.js';

const HOUR_MS = 3_600_000;
const secret = SHOP_HOOK.secrets[0] ?? '';

describeDeliveries('embedded', async () => {
  const env = { DATA_DIR: createTempDirectory(), HOOKS_FILE: writeHooksFile({ shop: SHOP_HOOK }) };
  const service = await startService(env);
  return {
    services: [service],
    restart: ({ port }) => startService({ ...env, PORT: String(port) }),
    location: ['--data-dir', env.DATA_DIR],
    env: {},
  };
});

it('an event that is delivered again after 71 hours, and again after 34 days, is replayed', async () => {
  const clock = new FakedClock();
  const HOOKS_FILE = writeHooksFile({ shop: SHOP_HOOK });
  // The sender signs each delivery anew, by its own clock.
  const env = { DATA_DIR: createTempDirectory(), HOOKS_FILE, CLOCK_SETTLE_S: '1', ...clock.env };
  let service = await startService(env);
  const deliver = () =>
    postToHook(service.url, 'shop', createStripeRequest({ id: 'evt_1', secret, atMs: clock.now() }));
  expect(await deliver()).toEqual([200, 'counted']);
  for (const hours of [71, 34 * 24]) {
    clock.setOffset(hours * HOUR_MS);
    expect(await deliver()).toEqual([200, 'replayed']);
    expect(await service.stop()).toBe(0);
    service = await startService(env);
    expect(await deliver()).toEqual([200, 'replayed']);
  }
  expect(await readSnapshot(service)).toMatchObject({ revision: 1, counters: { orders: 1, products: 1 } });
  expect(await service.stop()).toBe(0);
  expect(await runCommand(['check', '--data-dir', env.DATA_DIR])).toMatchObject({ code: 0 });
});

it('an event counts again once HOOK_KEY_TTL_S is over, however long other keys are kept', async () => {
  const service = await startService({
    DATA_DIR: createTempDirectory(),
    HOOKS_FILE: writeHooksFile({ shop: SHOP_HOOK }),
    HOOK_KEY_TTL_S: '1',
  });
  const deliver = async () => (await postToHook(service.url, 'shop', createStripeRequest({ id: 'evt_1', secret })))[1];
  expect(await deliver()).toBe('counted');
  await eventually(async () => (await deliver()) === 'counted');
  expect(await readSnapshot(service)).toMatchObject({ revision: 2, counters: { orders: 2 } });
});
