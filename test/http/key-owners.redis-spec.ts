/** Whose an idempotency key is, on Redis: also on another instance. */
import { startInstance } from '../support/fault-scenario.js';
import { eventually } from '../support/cleanup.js';
import { startRedis } from '../support/redis-server.js';
import { describeKeyOwners, TILL_VARIABLES } from './key-owners.contract.js';

const server = startRedis();

describeKeyOwners('Redis', async () => {
  const service = await startInstance((await server).url, TILL_VARIABLES);
  await eventually(async () => (await fetch(`${service.url}/health/ready`)).status === 200);
  return service;
});
