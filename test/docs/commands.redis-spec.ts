/** Runs the commands of the pages about Redis in order, and checks the output that the pages show. */
import { DocumentedCommands } from '../support/documented-commands.js';

const REDIS = 'redis-server --port 6379 --save "" --appendonly no';

it.each([
  ['docs/tutorials/two-instances-on-redis.md', []],
  ['docs/how-to/move-between-stores.md', [REDIS, 'npm start']],
] as const)('the commands of %s work as shown', (page, before) => DocumentedCommands.run(page, before));
