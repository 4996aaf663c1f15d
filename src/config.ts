/** Every variable: type, default, unit, meaning. Read once in `main.ts`, passed on as a value. */
import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { IsIn, IsNotEmpty, IsString, Matches, validateSync } from 'class-validator';
import { closestMatch } from 'leven';
import { WholeText } from './whole.decorator.js';

/** Every variable may be written with this in front, which wins; only so can a misspelt one be told from a stranger's. */
const PREFIX = 'TALLYBOARD_';

const MEANINGS = new Map<string, string>();

/** Declares what a variable means, with its unit. The README's table and `.env.example` are held to these words. */
function Meaning(text: string): PropertyDecorator {
  return (_target, name) => void MEANINGS.set(String(name), text);
}

function OneOf(...values: readonly string[]): PropertyDecorator {
  return IsIn(values, { message: `must be one of ${values.join(', ')}` });
}

const DAY_S = 86_400;

/** The configuration, as the environment gives it. Property names are the names of the variables. */
export class Config {
  @Meaning('Address to listen on. 0.0.0.0 or :: for all.')
  @IsNotEmpty({ message: 'must be a host name or an address' })
  @IsString()
  readonly HOST: string = '127.0.0.1';

  @Meaning('Port to listen on. 0 takes a free one.')
  @WholeText(0, 65_535)
  readonly PORT: number = 8082;

  @Meaning('Path that all addresses are under, for a proxy that passes it on. Empty for none.')
  @Matches(/^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/, {
    message: 'must be a path like /tally or /a/b: a slash before each part, none at the end; leave it empty for none',
  })
  readonly BASE_PATH: string = '';

  @Meaning('Where the counters live: sqlite (a file under DATA_DIR) or memory (forgotten at the end).')
  @OneOf('sqlite', 'memory')
  readonly STORE: 'sqlite' | 'memory' = 'sqlite';

  @Meaning('Directory of the database file. Made when it is not there.')
  @IsNotEmpty({ message: 'must be a path' })
  @IsString()
  readonly DATA_DIR: string = './data';

  @Meaning('Least serious log lines to print: error, warn, info or debug.')
  @OneOf('error', 'warn', 'info', 'debug')
  readonly LOG_LEVEL: 'error' | 'warn' | 'info' | 'debug' = 'info';

  @Meaning('Milliseconds between two frames of a dashboard, at the least.')
  @WholeText(0, 10_000)
  readonly BROADCAST_MIN_MS: number = 20;

  @Meaning('Milliseconds that a change waits for its frame, at the most, however costly the fan-out.')
  @WholeText(0, 10_000)
  readonly BROADCAST_MAX_MS: number = 400;

  @Meaning('Milliseconds of silence after which viewers get a frame all the same.')
  @WholeText(100, 3_600_000)
  readonly HEARTBEAT_MS: number = 15_000;

  @Meaning('Milliseconds of silence of a viewer after which it is pinged.')
  @WholeText(50, 3_600_000)
  readonly PING_INTERVAL_MS: number = 20_000;

  @Meaning('Milliseconds that a viewer has to answer a ping before it is gone.')
  @WholeText(50, 3_600_000)
  readonly PONG_TIMEOUT_MS: number = 10_000;

  @Meaning('Most viewers at a time. The next one gets 503.')
  @WholeText(0, 1_000_000)
  readonly MAX_VIEWERS: number = 20_000;

  @Meaning('Most change sets that wait for the disk at a time. The next one gets 503.')
  @WholeText(1, 10_000_000)
  readonly MAX_WAITING_CHANGES: number = 50_000;

  @Meaning('Most counters of a dashboard.')
  @WholeText(1, 1_000_000)
  readonly MAX_COUNTERS: number = 1_000;

  @Meaning('Most dashboards.')
  @WholeText(1, 1_000_000)
  readonly MAX_DASHBOARDS: number = 10_000;

  @Meaning('Seconds that an Idempotency-Key is kept.')
  @WholeText(1, 366 * DAY_S)
  readonly IDEMPOTENCY_KEY_S: number = DAY_S;

  @Meaning('Seconds that a ledger entry is kept.')
  @WholeText(1, 3_660 * DAY_S)
  readonly LEDGER_S: number = 30 * DAY_S;

  @Meaning('Most ledger entries kept per dashboard.')
  @WholeText(0, 1_000_000_000)
  readonly LEDGER_MAX_ENTRIES: number = 1_000_000;

  @Meaning('Milliseconds over which viewers are told to spread their return when this instance stops.')
  @WholeText(0, 600_000)
  readonly DRAIN_MS: number = 5_000;

  @Meaning('Milliseconds after which a stop that has not finished is ended, with exit code 1.')
  @WholeText(3_000, 600_000)
  readonly STOP_DEADLINE_MS: number = 10_000;
}

/** A variable as the documents describe it. */
export interface Variable {
  readonly name: keyof Config;
  readonly default: string;
  readonly meaning: string;
}

export const VARIABLES: readonly Variable[] = Object.entries(new Config()).map(([name, value]) => ({
  name: name as keyof Config,
  default: String(value),
  meaning: MEANINGS.get(name) ?? '',
}));

/** What reading an environment came to: the configuration or its faults, and what to warn of. */
export interface Reading {
  readonly config: Config;
  /** One line for each variable that is wrong. The configuration is not to be used when there are any. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads the configuration from an environment. Never throws: all faults come at once. Empty values count as not set. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Reading {
  const written: Record<string, string> = {};
  for (const { name } of VARIABLES) {
    const value = env[PREFIX + name] || env[name];
    if (value) written[name] = value;
  }
  const config = plainToInstance(Config, written, { exposeDefaultValues: true });
  const faults = validateSync(config).map(
    ({ property, value, constraints }) => `${property}=${String(value)}: ${Object.values(constraints ?? {})[0] ?? ''}`,
  );
  return { config, faults, warnings: unknownNames(env).map(warningOf) };
}

function unknownNames(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set<string>(VARIABLES.map(({ name }) => PREFIX + name));
  return Object.keys(env).filter((name) => name.startsWith(PREFIX) && !known.has(name));
}

function warningOf(name: string): string {
  const nearest = closestMatch(
    name,
    VARIABLES.map((variable) => PREFIX + variable.name),
  );
  return `${name} is not a variable of Tallyboard and is ignored${nearest ? `: did you mean ${nearest}?` : ''}`;
}
