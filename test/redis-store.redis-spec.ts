/** The Redis store, held to the contract. */
import { describeStore } from '../src/store/store.contract.js';
import { makeRedisStore } from './redis.fixture.js';

describeStore('RedisStore', makeRedisStore);
