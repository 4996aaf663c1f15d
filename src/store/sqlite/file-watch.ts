/** Watches the files of an open store once a second, and keeps the result for changes, readiness and metrics. */
import type { Logger } from '@nestjs/common';
import type { FileCheck, FileFault } from './held-files.js';

const CHECK_INTERVAL_MS = 1_000;
/**
 * Size of the write-ahead log from which a warning is logged. The log has 4 to 8 MB as long as no reader keeps SQLite
 * from starting it over.
 */
const WAL_WARNING_BYTES = 64 * 2 ** 20;

export interface FileWatchHooks {
  readonly check: () => Promise<FileCheck>;
  /** Called after each check that found something else than the one before. */
  readonly onChange: (fault: FileFault | undefined) => void;
}

export class FileWatch {
  #fault: FileFault | undefined;
  #walBytes = 0;
  #warnedOfWal = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly logger: Logger,
    private readonly hooks: FileWatchHooks,
  ) {}

  /** The fault that the last check found. */
  get fault(): FileFault | undefined {
    return this.#fault;
  }

  /** Size of the write-ahead log at the last check, bytes. */
  get walBytes(): number {
    return this.#walBytes;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.check().catch(() => undefined), CHECK_INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @throws TallyError `store-unavailable` if the writer thread is lost */
  async check(): Promise<FileFault | undefined> {
    const { walBytes, fault } = await this.hooks.check();
    this.#walBytes = walBytes;
    this.#warnOfWal();
    this.#setFault(fault);
    return fault;
  }

  /** The files were opened anew. */
  reset(): void {
    this.#setFault(undefined);
  }

  #setFault(fault: FileFault | undefined): void {
    const hasChanged = fault?.message !== this.#fault?.message;
    this.#fault = fault;
    if (hasChanged) this.hooks.onChange(fault);
  }

  #warnOfWal(): void {
    const isLarge = this.#walBytes >= WAL_WARNING_BYTES;
    if (isLarge && !this.#warnedOfWal) {
      this.logger.warn(
        `the write-ahead log has grown to ${Math.round(this.#walBytes / 2 ** 20)} MiB, because another process reads ` +
          'one state of the database all the time: end that process, an open sqlite3 session for example',
      );
    }
    this.#warnedOfWal = isLarge;
  }
}
