/** `tallyboard tail`: writes the ledger of a dashboard as JSON lines, to a file or to stdout. */
import { readChanges, streamChanges, type StreamedChange } from '../client/client.js';
import { errorMessage } from '../counters/errors.js';
import { type CommandEnvironment, createTokenReader } from './bearer-token.js';
import { CommandError, EXIT } from './exit-codes.js';
import { TailFile } from './tail-file.js';
import { Checkpoint } from './tail-place.js';

/** Lines are written in batches up to this size, UTF-16 code units. */
const BATCH_LENGTH = 64 * 1_024;

export interface TailCommandOptions {
  readonly dashboard: string;
  readonly counters?: readonly string[];
  readonly who?: string;
  /** Revision, or `epoch:revision`, to begin after. A file that has a place of its own goes before. */
  readonly after?: number | string;
  readonly out?: string;
  readonly checkpoint?: string;
  readonly tokenFile?: string;
}

/** Where lines go. */
interface LineOutput {
  /** Id of the last entry that an earlier command has written. */
  readonly lastId: string | undefined;
  /** @param lastId id of the last entry of the lines */
  write(lines: string, lastId: string): Promise<void>;
  close(): void;
}

/**
 * Writes entries until SIGINT, SIGTERM, or until the output is closed. Reconnects once the server has answered.
 * @throws RefusedError if the server refuses the stream, at the start or later
 * @throws UnavailableError if the first request fails
 * @throws CommandError if a file cannot be read or written
 */
export async function tailLedger(url: URL, options: TailCommandOptions, env: CommandEnvironment): Promise<void> {
  const { tokenFile, dashboard, counters, who, after } = options;
  const token = createTokenReader(tokenFile, env);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  // Each write that fails throws on its own.
  process.stdout.on('error', stop);
  const output = options.out === undefined ? createStdoutOutput(options.checkpoint) : createFileOutput(options.out);
  const { signal } = stopping;
  const service = { dashboard, signal, ...(token && { token }) };
  const place = output.lastId ?? after;
  const batch = new LineBatch(output, stopping);
  try {
    await readChanges(url, { ...service, limit: 1 });
    const changes = streamChanges(url, {
      ...service,
      ...(counters && { counters }),
      ...(who !== undefined && { who }),
      ...(place !== undefined && { after: place }),
      onRetry: ({ message }, inMs) =>
        process.stderr.write(`reconnecting in ${(inMs / 1_000).toFixed(1)} s: ${message}\n`),
    });
    for await (const change of changes) await batch.add(change);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await batch.flush().finally(() => output.close());
  }
  if (batch.failure && !isClosedPipe(batch.failure)) throw batch.failure;
}

/** Gathers the lines that arrive together, and writes them in one step. */
class LineBatch {
  failure: Error | undefined;
  #lines = '';
  #lastId = '';
  #writing = Promise.resolve();

  /** @param stopping aborted when a write fails */
  constructor(
    private readonly output: LineOutput,
    private readonly stopping: AbortController,
  ) {}

  /** Resolves when the next line may come. */
  async add(change: StreamedChange): Promise<void> {
    if (this.#lines === '') setImmediate(() => void this.flush());
    this.#lines += `${JSON.stringify(change)}\n`;
    this.#lastId = `${change.epoch}:${change.revision}`;
    if (this.#lines.length >= BATCH_LENGTH) await this.flush();
  }

  /** Writes what was gathered. Does not reject: see `failure`. */
  flush(): Promise<void> {
    const [lines, lastId] = [this.#lines, this.#lastId];
    this.#lines = '';
    if (lines !== '') this.#writing = this.#writing.then(() => this.#write(lines, lastId));
    return this.#writing;
  }

  async #write(lines: string, lastId: string): Promise<void> {
    if (this.failure) return;
    try {
      await this.output.write(lines, lastId);
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.stopping.abort();
    }
  }
}

function createFileOutput(path: string): LineOutput {
  const file = new TailFile(path);
  return { lastId: file.lastId, write: async (lines) => file.write(lines), close: () => file.close() };
}

/** The checkpoint follows the lines: a reader gets each at least once. */
function createStdoutOutput(path: string | undefined): LineOutput {
  const checkpoint = path === undefined ? undefined : new Checkpoint(path);
  return {
    lastId: checkpoint?.lastId,
    write: async (lines, lastId) => {
      await writeToStdout(lines);
      checkpoint?.write(lastId);
    },
    close: () => {},
  };
}

/** @throws CommandError */
async function writeToStdout(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(new CommandError(`cannot write to stdout: ${errorMessage(error)}`, EXIT.refused, error));
      else resolve();
    });
  });
}

/** True if the program that reads stdout has ended: nothing is wrong then. */
function isClosedPipe({ cause }: Error): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EPIPE';
}
