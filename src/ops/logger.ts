/** The log: one line of JSON an event on stdout, or lines for people on a terminal. */
import { isatty } from 'node:tty';
import type { LoggerService } from '@nestjs/common';
import { type Logger as Pino, pino } from 'pino';
import type { Config } from '../config/config.js';
import { LogOutput } from './stdout-writer.js';

export type Level = Config['LOG_LEVEL'] | 'fatal';
export type Fields = Readonly<Record<string, unknown>>;

const STDOUT = 1;
/** Most milliseconds that the end of the process waits for its last lines to be read. */
const FLUSH_MS = 500;
/** What Nest says of itself while it starts, a line for each module and route. */
const NEST_CONTEXTS: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
  'WebSocketsController',
]);

/** Nest's loggers and all of the code's own write through it. */
export class Log implements LoggerService {
  readonly #pino: Pino;

  /** @param more fields that are in every line, looked up as it is written */
  constructor(
    level: Level,
    private readonly output: LogOutput,
    formatted: (line: string) => string,
    more: () => Fields = () => ({}),
  ) {
    const options = {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      mixin: more,
    };
    this.#pino = pino(options, { write: (line) => this.output.write(formatted(line)) });
  }

  /** Writes a line. An `error` among the fields is written with its stack. */
  write(level: Level, context: string, msg: string, { error, ...fields }: Fields = {}): void {
    if (!this.#pino.isLevelEnabled(level)) return;
    this.#pino[level]({ context, ...fields, ...(error !== undefined && { error: errorFields(error) }) }, msg);
  }

  /** Whether lines of a level are written. */
  isWriting(level: Level): boolean {
    return this.#pino.isLevelEnabled(level);
  }

  log(message: unknown, ...rest: readonly unknown[]): void {
    this.#take(NEST_CONTEXTS.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: readonly unknown[]): void {
    this.#take('error', message, rest);
  }

  warn(message: unknown, ...rest: readonly unknown[]): void {
    this.#take('warn', message, rest);
  }

  debug(message: unknown, ...rest: readonly unknown[]): void {
    this.#take('debug', message, rest);
  }

  verbose(message: unknown, ...rest: readonly unknown[]): void {
    this.#take('debug', message, rest);
  }

  fatal(message: unknown, ...rest: readonly unknown[]): void {
    this.#take('fatal', message, rest);
  }

  /** Resolves when all lines are written, or nobody reads them. */
  async flush(): Promise<void> {
    await this.output.flush(FLUSH_MS);
  }

  /** Nest's way of calling: a text or an error, perhaps fields or a stack, and the context last. */
  #take(level: Level, message: unknown, rest: readonly unknown[]): void {
    const context = typeof rest.at(-1) === 'string' ? String(rest.at(-1)) : '';
    const others = rest.slice(0, context === '' ? rest.length : -1);
    const fields = Object.assign({}, ...others.filter((other) => typeof other === 'object')) as Fields;
    const stack = others.find((other) => typeof other === 'string');
    if (message instanceof Error) this.write(level, context, message.message, { ...fields, error: message });
    else this.write(level, context, String(message), { ...fields, ...(stack !== undefined && { stack }) });
  }
}

/** Opens the log that a configuration asks for. @param more fields that are in every line */
export async function openLog(config: Config, more?: () => Fields): Promise<Log> {
  const isPretty = config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && isatty(STDOUT));
  const formatted = isPretty ? await prettyLines() : (line: string) => line;
  const output = new LogOutput(
    STDOUT,
    (leftOut) => `{"level":"warn","context":"Log","msg":"lines left out","leftOut":${leftOut}}\n`,
  );
  return new Log(config.LOG_LEVEL, output, formatted, more);
}

/** Loaded only when somebody looks: it takes longer to load than the rest of the log. */
async function prettyLines(): Promise<(line: string) => string> {
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

/** What is known of an error: no more than that, for others may hang requests on theirs. */
function errorFields(error: unknown): Fields {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message,
    ...('code' in error && { code: error.code }),
    stack,
    ...(cause !== undefined && { cause: errorFields(cause) }),
  };
}
