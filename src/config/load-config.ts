/** Reads the configuration from an environment, and the files that it names: all faults at once, what is suspicious as warnings. */
import { readFileSync } from 'node:fs';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { closestMatch } from 'leven';
import { isGuarded, isLoopback, takesTokens } from './access-mode.js';
import { Config, VARIABLES } from './config.js';

/** Every variable may be written with this in front, which wins; only so can a misspelt one be told from a stranger's. */
const PREFIX = 'TALLYBOARD_';
/** Of the command line: a service that is started beside it is no place to warn of it. */
const OF_COMMANDS = new Set(['TALLYBOARD_TOKEN']);
/** Variables with secrets. Each may come from a file as well, for containers: `*_FILE`. */
export const SECRETS = [
  'READ_TOKENS',
  'WRITE_TOKENS',
  'ADMIN_TOKENS',
  'TICKET_SECRET',
  'REDIS_URL',
  'REDIS_SENTINEL_PASSWORD',
] as const;

const SAFE_SIGNING_LENGTH = 32;

type Environment = Readonly<Record<string, string | undefined>>;

/** What reading an environment: the configuration or its faults, and what to warn of. */
export interface Reading {
  readonly config: Config;
  /** One line for each variable that is wrong. The configuration is not to be used when there are any. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads the configuration from an environment. Never throws: all faults come at once. Empty values count as not set. */
export function readConfig(env: Environment): Reading {
  const faults: string[] = [];
  const written: Record<string, string> = {};
  for (const { name } of VARIABLES) {
    const value = env[PREFIX + name] || env[name];
    if (value) written[name] = value;
  }
  for (const name of SECRETS) {
    const path = written[`${name}_FILE`];
    if (path !== undefined) faults.push(...addFile(written, name, path));
  }
  const config = plainToInstance(Config, written, { exposeDefaultValues: true });
  faults.push(
    ...validateSync(config).map(({ property, value, constraints }) => {
      const shown = (SECRETS as readonly string[]).includes(property) ? '' : `=${String(value)}`;
      return `${property}${shown}: ${Object.values(constraints ?? {})[0] ?? ''}`;
    }),
  );
  if (faults.length === 0) faults.push(...faultsTogether(config));
  return {
    config,
    faults,
    warnings: [...unknownNames(env).map(warningOf), ...weakSecrets(config), ...nameless(config), ...unshared(config)],
  };
}

/** The secrets that a process was started with have no use once they are read, and would be passed on to whatever it starts. */
export function forgetSecrets(env: Record<string, string | undefined>): void {
  for (const name of SECRETS) for (const written of [name, PREFIX + name]) delete env[written];
}

function addFile(written: Record<string, string>, name: string, path: string): string[] {
  try {
    const text = readFileSync(path, 'utf8').trim();
    written[name] = written[name] === undefined ? text : `${written[name]}\n${text}`;
    return [];
  } catch (error) {
    return [`${name}_FILE=${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** What is wrong with variables that are right one by one. */
function faultsTogether(config: Config): string[] {
  const faults: string[] = [];
  if (!isGuarded(config) && !isLoopback(config.HOST)) {
    faults.push(
      `HOST=${config.HOST}: whoever reaches this address could change the counts. Set one of`,
      '  WRITE_TOKENS=name:secret',
      '  ALLOW_ANONYMOUS=read|write',
    );
  }
  if (config.JWT_ISSUER !== '' && config.JWT_AUDIENCE === '') {
    faults.push(
      'JWT_AUDIENCE: must be set with JWT_ISSUER: tokens of the issuer that are for others are not to count here',
    );
  }
  if (config.METRICS_PORT === config.PORT && config.PORT !== 0) {
    faults.push(`METRICS_PORT=${config.PORT}: must be another port than PORT`);
  }
  if ((config.REDIS_CERT_FILE === '') !== (config.REDIS_KEY_FILE === '')) {
    faults.push('REDIS_CERT_FILE, REDIS_KEY_FILE: must be set together');
  }
  const digests = [config.READ_TOKENS, config.WRITE_TOKENS, config.ADMIN_TOKENS].flatMap(({ tokens }) => tokens);
  if (new Set(digests.map(({ digest }) => digest.toString('hex'))).size < digests.length) {
    faults.push('READ_TOKENS, WRITE_TOKENS, ADMIN_TOKENS: two tokens have the same secret: give each its own');
  }
  return faults;
}

/** A page can have its own name point here, and is then no stranger: it cannot choose a name that is on a list. */
function nameless({ ALLOW_ANONYMOUS, ALLOWED_HOSTS }: Config): string[] {
  if (ALLOW_ANONYMOUS !== 'write' || ALLOWED_HOSTS.length > 0) return [];
  return ['ALLOW_ANONYMOUS=write without ALLOWED_HOSTS: pages of others could change counts by a name of their own'];
}

/** Without a secret for all of them, each instance signs with one of its own. */
function unshared(config: Config): string[] {
  if (config.STORE !== 'redis' || !takesTokens(config) || config.TICKET_SECRET.reveal() !== '') return [];
  return ['STORE=redis without TICKET_SECRET: tickets of one instance are refused by all others: set the same on each'];
}

function weakSecrets({ READ_TOKENS, WRITE_TOKENS, ADMIN_TOKENS, TICKET_SECRET }: Config): string[] {
  const names = [READ_TOKENS, WRITE_TOKENS, ADMIN_TOKENS].flatMap(({ weak }) => weak);
  const { length } = TICKET_SECRET.reveal();
  return [
    ...(names.length === 0 ? [] : [`tokens of less than 16 characters can be guessed: ${names.join(', ')}`]),
    // Whoever has one ticket can try secrets at home, as fast as they like (RFC 7518, 3.2).
    ...(length > 0 && length < SAFE_SIGNING_LENGTH
      ? [`TICKET_SECRET of less than ${SAFE_SIGNING_LENGTH} characters can be guessed from a ticket`]
      : []),
  ];
}

function unknownNames(env: Environment): string[] {
  const known = new Set<string>(VARIABLES.map(({ name }) => PREFIX + name));
  return Object.keys(env).filter((name) => name.startsWith(PREFIX) && !known.has(name) && !OF_COMMANDS.has(name));
}

function warningOf(name: string): string {
  const nearest = closestMatch(
    name,
    VARIABLES.map((variable) => PREFIX + variable.name),
  );
  return `${name} is not a variable of Tallyboard and is ignored${nearest ? `: did you mean ${nearest}?` : ''}`;
}
