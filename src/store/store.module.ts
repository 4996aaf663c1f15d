/**
 * Creates the configured store, opens it before the application starts, and closes it after everything else has
 * stopped.
 */
import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { ClockModule } from '../clock/clock.module.js';
import { Clock } from '../clock/clock.js';
import { Config } from '../config/config.js';
import { MemoryStore } from './memory/memory.store.js';
import type { RedisConnectionOptions } from './redis/connection.js';
import { SqliteStore } from './sqlite/sqlite.store.js';
import { CounterStore, type Limits, type Retention } from './store.js';

async function createStore(config: Config, clock: Clock): Promise<CounterStore> {
  const retention = toRetention(config);
  const limits: Limits = { maxCounters: config.MAX_COUNTERS, maxDashboards: config.MAX_DASHBOARDS };
  const maxPending = config.MAX_WAITING_CHANGES;
  switch (config.STORE) {
    case 'memory':
      return new MemoryStore(retention, limits, clock, config.TIME_ZONE);
    case 'sqlite':
      return new SqliteStore(
        {
          directory: config.DATA_DIR,
          retention,
          limits,
          timeZone: config.TIME_ZONE,
          maxPending,
          timeoutMs: config.COMMIT_TIMEOUT_MS,
        },
        clock,
      );
    case 'redis': {
      // Imported on demand: the Redis client costs 26 MB of memory and 0.1 s of the start.
      const { RedisStore } = await import('./redis/redis.store.js');
      return new RedisStore({
        ...toRedisOptions(config),
        retention,
        limits,
        maxPending,
        clockSettleMs: config.CLOCK_SETTLE_S * 1_000,
        timeZone: config.TIME_ZONE,
      });
    }
    case 'upstream': {
      // Imported on demand too: only relays need it.
      const { UpstreamStore } = await import('./upstream/upstream.store.js');
      return new UpstreamStore({
        url: config.UPSTREAM_URL,
        token: config.UPSTREAM_TOKEN.reveal(),
        maxPending,
        timeoutMs: config.COMMIT_TIMEOUT_MS,
      });
    }
  }
}

export function toRetention(config: Config): Retention {
  return {
    keyTtlMs: config.IDEMPOTENCY_KEY_TTL_S * 1_000,
    ledgerRetentionMs: config.LEDGER_RETENTION_S * 1_000,
    maxLedgerEntries: config.LEDGER_MAX_ENTRIES,
  };
}

export function toRedisOptions(config: Config): RedisConnectionOptions {
  return {
    url: config.REDIS_URL.reveal(),
    prefix: config.REDIS_PREFIX,
    timeoutMs: config.REDIS_TIMEOUT_MS,
    waitReplicas: config.REDIS_WAIT_REPLICAS,
    waitAof: config.REDIS_WAIT_AOF,
    sentinelPassword: config.REDIS_SENTINEL_PASSWORD.reveal(),
    caFile: config.REDIS_CA_FILE,
    certFile: config.REDIS_CERT_FILE,
    keyFile: config.REDIS_KEY_FILE,
  };
}

@Module({
  imports: [ClockModule],
  providers: [
    {
      provide: CounterStore,
      inject: [Config, Clock],
      useFactory: async (config: Config, clock: Clock) => {
        const store = await createStore(config, clock);
        await store.open();
        return store;
      },
    },
  ],
  exports: [CounterStore, ClockModule],
})
export class StoreModule implements OnApplicationShutdown {
  constructor(private readonly store: CounterStore) {}

  // `onModuleDestroy` is too early: requests are still in flight (test/ops/shutdown.e2e-spec.ts).
  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
