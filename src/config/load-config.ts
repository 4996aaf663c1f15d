/**
 * Loads the configuration from an environment and the files that it names. Reports all faults at once, and warnings.
 */
import { readFileSync } from 'node:fs';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { closestMatch } from 'leven';
import { errorMessage } from '../counters/errors.js';
import { hasAccessRules, isLoopback, acceptsTokens } from './access-mode.js';
import { Config, VARIABLES } from './config.js';

/** Optional prefix of every variable, which takes precedence. Only prefixed names can be checked for misspellings. */
const VARIABLE_PREFIX = 'TALLYBOARD_';
/** Variables of the command line, which the service knows but does not use. */
const CLI_VARIABLES = new Set(['TALLYBOARD_TOKEN']);
/** Variables with secrets. Each can also be read from a file, named by `*_FILE`. */
const SECRET_VARIABLES = [
  'READ_TOKENS',
  'WRITE_TOKENS',
  'ADMIN_TOKENS',
  'TICKET_SECRET',
  'REDIS_URL',
  'REDIS_SENTINEL_PASSWORD',
  'UPSTREAM_TOKEN',
] as const;

/** Current names of renamed variables, by the former name. A former name has no effect, so setting one is reported. */
export const RENAMED_VARIABLES: Readonly<Record<string, keyof Config>> = {
  IDEMPOTENCY_KEY_S: 'IDEMPOTENCY_KEY_TTL_S',
  LEDGER_S: 'LEDGER_RETENTION_S',
  MAX_FAILURES: 'MAX_AUTH_FAILURES_PER_MIN',
  MAX_HANDSHAKES: 'MAX_PENDING_CONNECTIONS',
  MAX_UPGRADES_PER_S: 'MAX_WATCH_ATTEMPTS_PER_S',
};

const MIN_SIGNING_SECRET_LENGTH = 32;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration or its faults, and warnings. */
export interface LoadedConfig {
  readonly config: Config;
  /** One line per invalid variable. Do not use the configuration if there are any. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  /** The texts of the variables that are set, those of files with secrets included. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Reads the configuration from an environment. Never throws: all faults come at once. Empty values count as not set.
 */
export function loadConfig(env: Environment): LoadedConfig {
  const faults: string[] = [];
  const values: Record<string, string> = {};
  for (const { name } of VARIABLES) {
    const value = env[VARIABLE_PREFIX + name] || env[name];
    if (value) values[name] = value;
  }
  for (const name of SECRET_VARIABLES) {
    const path = values[`${name}_FILE`];
    if (path !== undefined) faults.push(...appendSecretFile(values, name, path));
    delete values[`${name}_FILE`];
  }
  const config = plainToInstance(Config, values, { exposeDefaultValues: true });
  faults.push(
    ...validateSync(config).map(({ property, value, constraints }) => {
      const shown = (SECRET_VARIABLES as readonly string[]).includes(property) ? '' : `=${String(value)}`;
      return `${property}${shown}: ${Object.values(constraints ?? {})[0] ?? ''}`;
    }),
  );
  if (faults.length === 0) faults.push(...findConflicts(config));
  return {
    config,
    values,
    faults,
    warnings: [
      ...warnAboutIgnoredVariables(env),
      ...warnAboutWeakSecrets(config),
      ...warnAboutAllowedHosts(config),
      ...warnAboutTicketSecret(config),
    ],
  };
}

/** Returns a warning for each variable that has no effect: it was renamed, or has the prefix and does not exist. */
export function warnAboutIgnoredVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return [...warnAboutRenamedVariables(env), ...findUnknownVariables(env).map(warnAboutUnknownVariable)];
}

/** Deletes secrets from an environment once they are read, so that child processes do not inherit them. */
export function deleteSecrets(env: Record<string, string | undefined>): void {
  for (const name of SECRET_VARIABLES) for (const variable of [name, VARIABLE_PREFIX + name]) delete env[variable];
}

function appendSecretFile(values: Record<string, string>, name: string, path: string): string[] {
  try {
    const text = readFileSync(path, 'utf8').trim();
    values[name] = values[name] === undefined ? text : `${values[name]}\n${text}`;
    return [];
  } catch (error) {
    return [`${name}_FILE=${path}: cannot be read: ${errorMessage(error)}`];
  }
}

/** Finds faults of variables that are valid one by one. */
function findConflicts(config: Config): string[] {
  const faults: string[] = [];
  if (!hasAccessRules(config) && !isLoopback(config.HOST)) {
    faults.push(
      `HOST=${config.HOST}: anyone who reaches this address could change the counters. Set one of`,
      '  WRITE_TOKENS=name:secret and ADMIN_TOKENS=name:secret (to make dashboards)',
      '  ALLOW_ANONYMOUS=read|write',
    );
  }
  if (config.JWT_ISSUER !== '' && config.JWT_AUDIENCE === '') {
    faults.push(
      'JWT_AUDIENCE: must be set with JWT_ISSUER: tokens that the issuer made for other services must not count here',
    );
  }
  if (config.FRAME_ANCESTORS.length > 1 && config.FRAME_ANCESTORS.includes('none')) {
    faults.push(`FRAME_ANCESTORS=${config.FRAME_ANCESTORS.join(',')}: none cannot be combined with origins`);
  }
  if (config.METRICS_PORT === config.PORT && config.PORT !== 0) {
    faults.push(`METRICS_PORT=${config.PORT}: must differ from PORT`);
  }
  if ((config.REDIS_CERT_FILE === '') !== (config.REDIS_KEY_FILE === '')) {
    faults.push('REDIS_CERT_FILE, REDIS_KEY_FILE: must be set together');
  }
  if (config.STORE === 'upstream') faults.push(...findRelayFaults(config));
  const digests = [config.READ_TOKENS, config.WRITE_TOKENS, config.ADMIN_TOKENS].flatMap(({ tokens }) => tokens);
  if (new Set(digests.map(({ digest }) => digest.toString('hex'))).size < digests.length) {
    faults.push('READ_TOKENS, WRITE_TOKENS, ADMIN_TOKENS: two tokens have the same secret: give each token its own');
  }
  return faults;
}

/** A relay passes rules on and has no hooks: the upstream has both. */
function findRelayFaults({ UPSTREAM_URL, HOOKS_FILE, NOTIFY_ALLOW }: Config): string[] {
  return [
    ...(UPSTREAM_URL === '' ? ['UPSTREAM_URL: must be set with STORE=upstream'] : []),
    ...(HOOKS_FILE === '' ? [] : ['HOOKS_FILE: a relay receives no events: set it at the upstream']),
    ...(String(NOTIFY_ALLOW) === '' ? [] : ['NOTIFY_ALLOW: a relay sends no notifications: set it at the upstream']),
  ];
}

/** DNS rebinding: a page can make its own host name resolve to this service, but cannot use a name of a list. */
function warnAboutAllowedHosts({ ALLOW_ANONYMOUS, ALLOWED_HOSTS }: Config): string[] {
  if (ALLOW_ANONYMOUS !== 'write' || ALLOWED_HOSTS.length > 0) return [];
  return ['ALLOW_ANONYMOUS=write without ALLOWED_HOSTS: any web page could change counters by DNS rebinding'];
}

/** Without a common secret, each instance signs tickets with a random one. */
function warnAboutTicketSecret(config: Config): string[] {
  if (config.STORE !== 'redis' || !acceptsTokens(config) || config.TICKET_SECRET.reveal() !== '') return [];
  return [
    'STORE=redis without TICKET_SECRET: each instance refuses the tickets of the others: set the same secret on all',
  ];
}

function warnAboutWeakSecrets({ READ_TOKENS, WRITE_TOKENS, ADMIN_TOKENS, TICKET_SECRET }: Config): string[] {
  const names = [READ_TOKENS, WRITE_TOKENS, ADMIN_TOKENS].flatMap(({ weakNames }) => weakNames);
  const { length } = TICKET_SECRET.reveal();
  return [
    ...(names.length === 0 ? [] : [`tokens with fewer than 16 characters can be guessed: ${names.join(', ')}`]),
    // The holder of one ticket can try secrets offline, without limit (RFC 7518, 3.2).
    ...(length > 0 && length < MIN_SIGNING_SECRET_LENGTH
      ? [`a TICKET_SECRET with fewer than ${MIN_SIGNING_SECRET_LENGTH} characters can be guessed from a ticket`]
      : []),
  ];
}

function warnAboutRenamedVariables(env: Environment): string[] {
  return Object.entries(RENAMED_VARIABLES).flatMap(([oldName, newName]) =>
    ['', VARIABLE_PREFIX]
      .filter((prefix) => env[prefix + oldName])
      .map((prefix) => `${prefix}${oldName} is ignored: it is now ${prefix}${newName}`),
  );
}

function findUnknownVariables(env: Environment): string[] {
  const names = [...VARIABLES.map(({ name }) => name), ...Object.keys(RENAMED_VARIABLES)];
  const known = new Set(names.map((name) => VARIABLE_PREFIX + name));
  return Object.keys(env).filter(
    (name) => name.startsWith(VARIABLE_PREFIX) && !known.has(name) && !CLI_VARIABLES.has(name),
  );
}

function warnAboutUnknownVariable(name: string): string {
  const nearest = closestMatch(
    name,
    VARIABLES.map((variable) => VARIABLE_PREFIX + variable.name),
  );
  return `${name} is ignored: Tallyboard has no such variable${nearest ? `; did you mean ${nearest}?` : ''}`;
}
