/** Writes log lines in the background with a bounded buffer, so that a slow reader never blocks the service. */
import { write } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const writeBytes = promisify(write);

/** Characters to buffer. Further lines are dropped and counted. */
const MAX_BUFFERED_CHARS = 2 ** 20;
/** Delay before a full pipe is tried again, milliseconds. */
const RETRY_DELAY_MS = 20;

/**
 * Replaces pino's destinations and `process.stdout`. Synchronous writes block the event loop on a pipe that nobody
 * reads. pino's asynchronous destination counts failed data as pending for ever, and throws an uncaught error on a full
 * disk.
 */
export class StdoutWriter {
  #buffer = '';
  #suppressed = 0;
  #writing: Promise<void> | undefined;

  /** @param formatSuppressed returns the line that reports the number of dropped lines */
  constructor(
    private readonly fd: number,
    private readonly formatSuppressed: (leftOut: number) => string,
  ) {}

  /** Buffers a line, which must end with a line break. */
  write(line: string): void {
    if (this.#buffer.length + line.length > MAX_BUFFERED_CHARS) this.#suppressed += 1;
    else this.#buffer += line;
    this.#writing ??= this.#drain();
  }

  /** Resolves when everything is written, or after the timeout. */
  async flush(timeoutMs: number): Promise<void> {
    await Promise.race([this.#writing, setTimeout(timeoutMs, undefined, { ref: false })]);
  }

  async #drain(): Promise<void> {
    while (this.#buffer !== '') {
      const lines = this.#suppressed > 0 ? this.#buffer + this.formatSuppressed(this.#suppressed) : this.#buffer;
      this.#buffer = '';
      this.#suppressed = 0;
      await this.#writeFully(Buffer.from(lines));
    }
    this.#writing = undefined;
  }

  async #writeFully(bytes: Buffer): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      try {
        from += (await writeBytes(this.fd, bytes, from)).bytesWritten;
      } catch (error) {
        // The disk is full or the reader is gone: no reason to end the service.
        if (!isPipeFull(error)) return;
        await setTimeout(RETRY_DELAY_MS);
      }
    }
  }
}

/** True for the error of a full pipe, if another process has made it non-blocking. */
function isPipeFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
