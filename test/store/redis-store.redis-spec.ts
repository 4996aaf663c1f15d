/** Runs the contract of stores against Redis. */
import { describeStore } from '../../src/store/contract/store.contract.js';
import { createRedisStore } from '../support/redis-server.js';

describeStore('RedisStore', createRedisStore);
