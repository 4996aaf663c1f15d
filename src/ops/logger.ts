/** The log on stdout: one JSON line per event, or readable lines on a terminal. */
import { isatty } from 'node:tty';
import type { LoggerService } from '@nestjs/common';
import { type Logger as Pino, pino } from 'pino';
import type { Config } from '../config/config.js';
import { StdoutWriter } from './stdout-writer.js';

export type LogLevel = Config['LOG_LEVEL'] | 'fatal';
export type LogFields = Readonly<Record<string, unknown>>;

const STDOUT = 1;
/** Longest time that the end of the process waits for its last lines to be read, milliseconds. */
const FLUSH_TIMEOUT_MS = 500;
/** Contexts of Nest's own start-up lines, one for each module and route. Logged as `debug`. */
const NEST_STARTUP_CONTEXTS: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
  'WebSocketsController',
]);

/** Logger for the service and for Nest. */
export class AppLogger implements LoggerService {
  readonly #pino: Pino;

  /** @param getFields returns fields to add to each line */
  constructor(
    level: LogLevel,
    private readonly output: StdoutWriter,
    format: (line: string) => string,
    getFields: () => LogFields = () => ({}),
  ) {
    const options = {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      mixin: getFields,
    };
    this.#pino = pino(options, { write: (line) => this.output.write(format(line)) });
  }

  /** Writes a line. A field named `error` is written with its stack and causes. */
  write(level: LogLevel, context: string, msg: string, { error, ...fields }: LogFields = {}): void {
    if (!this.#pino.isLevelEnabled(level)) return;
    this.#pino[level]({ context, ...fields, ...(error !== undefined && { error: toErrorFields(error) }) }, msg);
  }

  isLevelEnabled(level: LogLevel): boolean {
    return this.#pino.isLevelEnabled(level);
  }

  log(message: unknown, ...rest: readonly unknown[]): void {
    this.#writeNestCall(NEST_STARTUP_CONTEXTS.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: readonly unknown[]): void {
    this.#writeNestCall('error', message, rest);
  }

  warn(message: unknown, ...rest: readonly unknown[]): void {
    this.#writeNestCall('warn', message, rest);
  }

  debug(message: unknown, ...rest: readonly unknown[]): void {
    this.#writeNestCall('debug', message, rest);
  }

  verbose(message: unknown, ...rest: readonly unknown[]): void {
    this.#writeNestCall('debug', message, rest);
  }

  fatal(message: unknown, ...rest: readonly unknown[]): void {
    this.#writeNestCall('fatal', message, rest);
  }

  /** Resolves when all lines are written, or after a timeout if nobody reads them. */
  async flush(): Promise<void> {
    await this.output.flush(FLUSH_TIMEOUT_MS);
  }

  /** Handles Nest's signature: a message or an error, then optional fields or a stack, and the context last. */
  #writeNestCall(level: LogLevel, message: unknown, rest: readonly unknown[]): void {
    const context = typeof rest.at(-1) === 'string' ? String(rest.at(-1)) : '';
    const others = rest.slice(0, context === '' ? rest.length : -1);
    const fields = Object.assign({}, ...others.filter((other) => typeof other === 'object')) as LogFields;
    const stack = others.find((other) => typeof other === 'string');
    if (message instanceof Error) this.write(level, context, message.message, { ...fields, error: message });
    else this.write(level, context, String(message), { ...fields, ...(stack !== undefined && { stack }) });
  }
}

/** Creates the logger of a configuration. @param getFields returns fields to add to each line */
export async function createLogger(config: Config, getFields?: () => LogFields): Promise<AppLogger> {
  const isPretty = config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && isatty(STDOUT));
  const format = isPretty ? await loadPrettyFormat() : (line: string) => line;
  const output = new StdoutWriter(
    STDOUT,
    (leftOut) => `{"level":"warn","context":"Log","msg":"log lines dropped","leftOut":${leftOut}}\n`,
  );
  return new AppLogger(config.LOG_LEVEL, output, format, getFields);
}

/** Loads pino-pretty only if needed: it takes longer to load than the rest of the log. */
async function loadPrettyFormat(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  return prettyFactory({
    colorize: isatty(STDOUT),
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: '{if context}{context}: {end}{msg}',
    ignore: 'context',
    singleLine: true,
    errorLikeObjectKeys: ['error'],
  });
}

/** Returns the known fields of an error. Others are dropped: libraries attach whole requests to their errors. */
function toErrorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message,
    ...('code' in error && { code: error.code }),
    stack,
    ...(cause !== undefined && { cause: toErrorFields(cause) }),
  };
}
