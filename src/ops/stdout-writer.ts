/** Where log lines go: written in the background, bounded, so that whoever reads them slowly holds nothing up here. */
import { write } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const writeBytes = promisify(write);

/** Most characters that wait to be written. Lines beyond that are left out, and counted. */
const MAX_BUFFERED_CHARS = 2 ** 20;
/** Wait before a pipe that takes nothing is tried again, milliseconds. */
const RETRY_DELAY_MS = 20;

/**
 * Neither pino's own output nor `process.stdout` will do: written at once, a pipe that nobody reads stops the loop; in the background,
 * pino's counts what failed as waiting for ever, and passes a full disk on as an uncaught error.
 */
export class StdoutWriter {
  #buffer = '';
  #suppressed = 0;
  #writing: Promise<void> | undefined;

  /** @param formatSuppressed the line that says how many were left out */
  constructor(
    private readonly fd: number,
    private readonly formatSuppressed: (leftOut: number) => string,
  ) {}

  /** Takes a line, with its end. */
  write(line: string): void {
    if (this.#buffer.length + line.length > MAX_BUFFERED_CHARS) this.#suppressed += 1;
    else this.#buffer += line;
    this.#writing ??= this.#drain();
  }

  /** Resolves when all is written, or the time is up. */
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
        // The disk is full, or nobody is there any more to read: no reason to end the service.
        if (!isPipeFull(error)) return;
        await setTimeout(RETRY_DELAY_MS);
      }
    }
  }
}

/** A pipe that another process has made non-blocking says so when it is full. */
function isPipeFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
