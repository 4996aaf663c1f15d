/** Deliveries to two instances on one Redis. */
import { SHOP_HOOK } from '../support/hook-deliveries.js';
import { writeHooksFile } from '../support/hooks.js';
import { startRedis } from '../support/redis-server.js';
import { startService } from '../support/service.js';
import { describeDeliveries } from './deliveries.contract.js';

describeDeliveries('two instances', async () => {
  const redis = await startRedis();
  const store = { STORE: 'redis', REDIS_URL: redis.url };
  const env = { ...store, HOOKS_FILE: writeHooksFile({ shop: SHOP_HOOK }) };
  return {
    services: [await startService(env), await startService(env)],
    restart: ({ port }) => startService({ ...env, PORT: String(port) }),
    location: [],
    env: store,
  };
});
