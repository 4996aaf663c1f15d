/** Finds the store to export or import from options and variables: an embedded database, or Redis. */
import { Logger } from '@nestjs/common';
import { loadConfig, warnAboutIgnoredVariables } from '../config/load-config.js';
import { RedisExport } from '../store/redis/redis.export.js';
import { RedisImport } from '../store/redis/redis.import.js';
import { SqliteExport } from '../store/sqlite/sqlite.export.js';
import { SqliteImport } from '../store/sqlite/sqlite.import.js';
import { toRedisOptions, toRetention } from '../store/store.module.js';
import type { StoreExport, StoreImport } from '../store/transfer.port.js';
import { CommandError, EXIT } from './exit-codes.js';
import type { CommandEnvironment } from './bearer-token.js';

/** Options that name a store; the service's variables supply the rest. */
export interface StoreLocationOptions {
  readonly dataDir?: string;
  readonly redisUrl?: string;
  readonly redisPrefix?: string;
}

export interface StoreLocation {
  /** Name of the store in messages. */
  readonly label: string;
  readonly openExport: () => Promise<StoreExport>;
  readonly openImport: () => Promise<StoreImport>;
}

/** Variables that name a store and its retention. Errors in other variables do not matter here. */
const STORE_VARIABLES = /^(STORE|DATA_DIR|REDIS_\w+|IDEMPOTENCY_KEY_TTL_S|LEDGER_RETENTION_S|LEDGER_MAX_ENTRIES)\b/;

/** Warns about variables that have no effect. @throws CommandError if options and variables name no store, or two */
export function resolveStoreLocation(
  { dataDir, redisUrl, redisPrefix }: StoreLocationOptions,
  env: CommandEnvironment,
): StoreLocation {
  if (dataDir !== undefined && (redisUrl ?? redisPrefix) !== undefined) {
    throw new CommandError('--data-dir and --redis-url name different stores: pass only one of them', EXIT.usage);
  }
  const overrides = {
    ...(dataDir !== undefined && { TALLYBOARD_STORE: 'sqlite', TALLYBOARD_DATA_DIR: dataDir }),
    ...((redisUrl ?? redisPrefix) !== undefined && { TALLYBOARD_STORE: 'redis' }),
    ...(redisUrl !== undefined && { TALLYBOARD_REDIS_URL: redisUrl }),
    ...(redisPrefix !== undefined && { TALLYBOARD_REDIS_PREFIX: redisPrefix }),
  };
  for (const warning of warnAboutIgnoredVariables(env)) writeToStderr(warning);
  const { config, faults } = loadConfig({ ...env, ...overrides });
  const fault = faults.find((text) => STORE_VARIABLES.test(text));
  if (fault !== undefined) throw new CommandError(fault, EXIT.usage);
  const retention = toRetention(config);
  switch (config.STORE) {
    case 'memory':
      throw new CommandError('STORE=memory persists nothing: pass --data-dir or --redis-url', EXIT.usage);
    case 'upstream':
      throw new CommandError('STORE=upstream: run this command where the upstream stores its data', EXIT.usage);
    case 'sqlite':
      return {
        label: `the store in ${config.DATA_DIR}`,
        openExport: async () => new SqliteExport(config.DATA_DIR, retention),
        openImport: async () => new SqliteImport(config.DATA_DIR, retention),
      };
    case 'redis': {
      // Log to stderr: stdout may carry the export.
      Logger.overrideLogger({ log() {}, warn: writeToStderr, error: writeToStderr });
      const options = toRedisOptions(config);
      return {
        label: `${config.REDIS_PREFIX} on ${String(config.REDIS_URL)}`,
        openExport: () => RedisExport.open(options, retention),
        openImport: () => RedisImport.open(options, retention),
      };
    }
  }
}

function writeToStderr(message: unknown): void {
  process.stderr.write(`${String(message)}\n`);
}
