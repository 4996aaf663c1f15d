/** The Redis store, held to the contract. */
import { describeStore } from '../../src/store/contract/store.contract.js';
import { createRedisStore } from '../support/redis-server.js';

describeStore('RedisStore', createRedisStore);
