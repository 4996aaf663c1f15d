/** Notices that the process has run out of file descriptors, for the log and the metrics. */
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { errorMessage } from '../counters/errors.js';
import { DESCRIPTOR_REMEDY, getDescriptorLimit } from '../http/descriptor-limit.js';
import { events } from '../telemetry/events.js';

/** Interval at which a descriptor is opened, milliseconds. */
const PROBE_INTERVAL_MS = 1_000;

/**
 * Opens a file from time to time, because Node does not report most shortages: libuv accepts the connections that it
 * has no descriptor for with one in reserve, and closes them. A shortage of less than a second is only noticed if a
 * request fails for it, or if the reserve is gone too.
 */
@Injectable()
export class DescriptorMonitor implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger('Descriptors');
  readonly #unsubscribes: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Start of the present shortage on the clock of `performance`. */
  #shortSinceMs: number | undefined;
  #shortageCount = 0;

  /** Number of shortages since the start. */
  get shortageCount(): number {
    return this.#shortageCount;
  }

  onApplicationBootstrap(): void {
    this.#unsubscribes.push(
      events.acceptFailed.subscribe(({ error }) => this.#recordError(error)),
      events.requestRefused.subscribe(({ error: { cause } }) => cause instanceof Error && this.#recordError(cause)),
    );
    this.#timer = setInterval(() => this.#probe(), PROBE_INTERVAL_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe();
  }

  /** At once, since the descriptor would be counted as one that the process keeps. It takes about 10 us. */
  #probe(): void {
    try {
      closeSync(openSync(devNull, 'r'));
      this.#recordAvailable();
    } catch (error) {
      this.#recordError(error as NodeJS.ErrnoException);
    }
  }

  #recordError(error: NodeJS.ErrnoException): void {
    if ((error.code !== 'EMFILE' && error.code !== 'ENFILE') || this.#shortSinceMs !== undefined) return;
    this.#shortSinceMs = performance.now();
    this.#shortageCount += 1;
    const limit = getDescriptorLimit();
    this.#logger.error(
      `out of file descriptors${limit === undefined ? '' : `, the limit is ${limit}`} (${errorMessage(error)}): new ` +
        `connections are closed and files cannot be opened. ${DESCRIPTOR_REMEDY}`,
    );
  }

  #recordAvailable(): void {
    if (this.#shortSinceMs === undefined) return;
    const seconds = Math.round((performance.now() - this.#shortSinceMs) / 1_000);
    this.#shortSinceMs = undefined;
    this.#logger.log(`file descriptors are available again after ${seconds} s`);
  }
}
