/** Which store an export is read from or an import goes to: the embedded one of a directory, or the one on a Redis. */
import { readConfig } from '../config.reading.js';
import { SqliteExport } from '../store/sqlite.export.js';
import { SqliteImport } from '../store/sqlite.import.js';
import type { Retention } from '../store/store.js';
import type { StoreExport, StoreImport } from '../store/transfer.js';
import { CommandError, EXIT } from './exit.codes.js';
import type { Environment } from './token.js';

/** What the command line says of it; the variables of the service say the rest. */
export interface PlaceOptions {
  readonly dataDir?: string;
  readonly redisUrl?: string;
  readonly redisPrefix?: string;
}

/** A store, named for people, that is not open yet. */
export interface Place {
  readonly shown: string;
  readonly openExport: () => Promise<StoreExport>;
  readonly openImport: () => Promise<StoreImport>;
}

/** Variables that say where a store is and how long it remembers: faults of others are no matter here. */
const OF_STORES = /^(STORE|DATA_DIR|REDIS_\w+|IDEMPOTENCY_KEY_S|LEDGER_S|LEDGER_MAX_ENTRIES)\b/;

/** @throws CommandError when options or variables name no store */
export function placeOf(options: PlaceOptions, env: Environment): Place {
  const { config, faults } = readConfig(env);
  const fault = faults.find((text) => OF_STORES.test(text));
  if (fault !== undefined) throw new CommandError(fault, EXIT.usage);
  if (options.dataDir !== undefined && options.redisUrl !== undefined) {
    throw new CommandError('--data-dir and --redis-url are two stores: give one of them', EXIT.usage);
  }
  const retention: Retention = {
    keyMs: config.IDEMPOTENCY_KEY_S * 1_000,
    ledgerMs: config.LEDGER_S * 1_000,
    ledgerEntries: config.LEDGER_MAX_ENTRIES,
  };
  if (options.dataDir === undefined && config.STORE === 'memory') {
    throw new CommandError('STORE=memory keeps nothing: name a store with --data-dir or --redis-url', EXIT.usage);
  }
  const directory = options.dataDir ?? config.DATA_DIR;
  return {
    shown: `the store in ${directory}`,
    openExport: async () => new SqliteExport(directory, retention),
    openImport: async () => new SqliteImport(directory),
  };
}
