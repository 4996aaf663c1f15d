/** Where log lines go: written in the background, bounded, so that whoever reads them slowly holds nothing up here. */
import { write } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const writeBytes = promisify(write);

/** Most characters that wait to be written. Lines beyond that are left out, and counted. */
const MOST_WAITING = 2 ** 20;
/** Wait before a pipe that takes nothing is tried again, milliseconds. */
const TRY_AGAIN_MS = 20;

/**
 * Neither pino's own output nor `process.stdout` will do: written at once, a pipe that nobody reads stops the loop; in the background,
 * pino's counts what failed as waiting for ever, and passes a full disk on as an uncaught error.
 */
export class LogOutput {
  #waiting = '';
  #leftOut = 0;
  #writing: Promise<void> | undefined;

  /** @param wordOf the line that says how many were left out */
  constructor(
    private readonly fd: number,
    private readonly wordOf: (leftOut: number) => string,
  ) {}

  /** Takes a line, with its end. */
  write(line: string): void {
    if (this.#waiting.length + line.length > MOST_WAITING) this.#leftOut += 1;
    else this.#waiting += line;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all is written, or the time is up. */
  async flush(mostMs: number): Promise<void> {
    await Promise.race([this.#writing, setTimeout(mostMs, undefined, { ref: false })]);
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting !== '') {
      const lines = this.#leftOut > 0 ? this.#waiting + this.wordOf(this.#leftOut) : this.#waiting;
      this.#waiting = '';
      this.#leftOut = 0;
      await this.#writeWhole(Buffer.from(lines));
    }
    this.#writing = undefined;
  }

  async #writeWhole(bytes: Buffer): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      try {
        from += (await writeBytes(this.fd, bytes, from)).bytesWritten;
      } catch (error) {
        // The disk is full, or nobody is there any more to read: no reason to end the service.
        if (!isBusy(error)) return;
        await setTimeout(TRY_AGAIN_MS);
      }
    }
  }
}

/** A pipe that another process has made non-blocking says so when it is full. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
