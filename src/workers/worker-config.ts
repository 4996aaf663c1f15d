/** Divides the configuration of a service between the process with the store and its workers. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hasAccessRules } from '../config/access-mode.js';
import type { Config } from '../config/config.js';

/** Texts of variables, by name. */
export type ConfigValues = Readonly<Record<string, string>>;

/** Name of the token that workers have at the process with the store. */
const WORKER_TOKEN_NAME = 'tallyboard-workers';
const NO_LIMIT = '1000000';

/** Returns the number of workers; 1 if one process does it all. */
export function countWorkers({ WORKERS }: Pick<Config, 'WORKERS'>): number {
  return WORKERS === 'auto' ? Math.max(1, availableParallelism() - 1) : Number(WORKERS);
}

/** Configuration of the process with the store, and of each worker. */
export interface DividedConfig {
  /** Undefined if the workers share a store: each is an instance of its own then. */
  readonly owner: ConfigValues | undefined;
  readonly worker: ConfigValues;
}

/** @param socketPath where the process with the store listens for its workers */
export function divideConfig(values: ConfigValues, config: Config, socketPath: string): DividedConfig {
  const count = countWorkers(config);
  const worker: ConfigValues = {
    ...omit(values, 'WORKERS'),
    // Tickets of one worker hold at all of them.
    TICKET_SECRET: config.TICKET_SECRET.reveal() || randomBytes(32).toString('hex'),
    MAX_VIEWERS: String(Math.ceil(config.MAX_VIEWERS / count)),
    MAX_VIEWERS_PER_ADDRESS: String(Math.ceil(config.MAX_VIEWERS_PER_ADDRESS / count)),
    // It ends before the process that waits for it.
    STOP_DEADLINE_MS: String(Math.max(3_000, config.STOP_DEADLINE_MS - 1_000)),
  };
  if (config.STORE === 'redis' || config.STORE === 'upstream') return { owner: undefined, worker };
  const secret = randomBytes(32).toString('hex');
  // Without rules every request may do everything: a token would end that.
  const hasToken = hasAccessRules(config);
  const readTokens = [values['READ_TOKENS'], `${WORKER_TOKEN_NAME}:${secret}`].filter(Boolean).join(',');
  return {
    owner: {
      ...omit(values, 'WORKERS', 'ALLOWED_HOSTS', 'BASE_PATH'),
      ...(hasToken && { READ_TOKENS: readTokens }),
      // The workers hold the limits.
      MAX_CHANGES_PER_S: '0',
      MAX_VIEWERS: NO_LIMIT,
      MAX_VIEWERS_PER_ADDRESS: NO_LIMIT,
      MAX_WATCH_ATTEMPTS_PER_S: NO_LIMIT,
    },
    worker: {
      ...omit(worker, 'HOOKS_FILE', 'NOTIFY_ALLOW', 'METRICS_PORT', 'METRICS_HOST'),
      STORE: 'upstream',
      UPSTREAM_URL: `parent:${socketPath}`,
      UPSTREAM_TOKEN: hasToken ? secret : '',
    },
  };
}

function omit(values: ConfigValues, ...names: readonly string[]): ConfigValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}
