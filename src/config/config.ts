/** Every variable: type, default, unit, meaning. Read once in `main.ts`, passed on as a value. */
import 'reflect-metadata';
import { IsOptional, IsString } from 'class-validator';
import { Meaning, meaningOf, OneOf } from './variable.decorators.js';
import { Storage } from './storage.config.js';
import { WholeText } from '../validation/integer.decorator.js';

const DAY_S = 86_400;

/** The configuration, as the environment gives it. Property names are the names of the variables. */
export class Config extends Storage {
  @Meaning('Least serious log lines to print: error, warn, info or debug.')
  @OneOf('error', 'warn', 'info', 'debug')
  readonly LOG_LEVEL: 'error' | 'warn' | 'info' | 'debug' = 'info';

  @Meaning('How log lines are written: json, pretty (for people), or auto (pretty on a terminal).')
  @OneOf('auto', 'json', 'pretty')
  readonly LOG_FORMAT: 'auto' | 'json' | 'pretty' = 'auto';

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

  @Meaning('Seconds that an Idempotency-Key is kept.')
  @WholeText(1, 366 * DAY_S)
  readonly IDEMPOTENCY_KEY_S: number = DAY_S;

  @Meaning('Seconds that a ledger entry is kept.')
  @WholeText(1, 3_660 * DAY_S)
  readonly LEDGER_S: number = 30 * DAY_S;

  @Meaning('Most ledger entries kept per dashboard.')
  @WholeText(0, 1_000_000_000)
  readonly LEDGER_MAX_ENTRIES: number = 1_000_000;

  @Meaning('Milliseconds from the signal to stop until it is followed: not ready any more, everything else as before.')
  @WholeText(0, 600_000)
  readonly READY_GRACE_MS: number = 0;

  @Meaning(
    'Port on which /metrics is open to all, beside the one that all else is on. 0 takes a free one. Empty for none.',
  )
  @IsOptional()
  @WholeText(0, 65_535)
  readonly METRICS_PORT: number | undefined = undefined;

  @Meaning('Address to listen on for METRICS_PORT. Empty for that of HOST.')
  @IsString()
  readonly METRICS_HOST: string = '';

  @Meaning('Most counters whose values are among the metrics: those that were declared first.')
  @WholeText(0, 1_000_000)
  readonly METRICS_MAX_COUNTERS: number = 1_000;

  @Meaning('Milliseconds over which viewers are told to spread their return when this instance stops.')
  @WholeText(0, 600_000)
  readonly DRAIN_MS: number = 5_000;

  @Meaning('Milliseconds after which a stop that has begun and not finished is ended, with exit code 1.')
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
  default: String(value ?? ''),
  meaning: meaningOf(name),
}));
