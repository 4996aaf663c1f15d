/**
 * Checks the rows of a database file once, beside the service, on a reader thread of its own that ends with the check.
 * Rows that are written after its start are left out: the check ends however busy the service is.
 */
import type { Logger } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import { errorMessage } from '../../counters/errors.js';
import type { StoreIntegrity } from '../integrity.js';
import type { ReaderClient } from './reader-client.js';
import { type CheckCursor, type CheckStep, startCheck } from './row-check.js';

/** Delay after the start, so that the first requests have the processor, milliseconds. */
const START_DELAY_MS = 2_000;
/** Pause before the next step, as a multiple of what the last one took: the check uses a tenth of a processor. */
const PAUSE_FACTOR = 9;
/** Pause before a step that failed is tried again, milliseconds. */
const RETRY_DELAY_MS = 5_000;

export class BackgroundCheck {
  #controller = new AbortController();
  #running: Promise<void> | undefined;
  #state: StoreIntegrity['check'] = 'waiting';

  /** @param reportDamage receives each finding */
  constructor(
    private readonly logger: Logger,
    private readonly createReader: () => ReaderClient,
    private readonly reportDamage: (finding: string) => void,
  ) {}

  get state(): StoreIntegrity['check'] {
    return this.#state;
  }

  /**
   * Starts the check, unless it is running or complete. After {@link stop} it starts from the beginning.
   * @param untilMs time of the newest change; what is newer was written by this process
   */
  start(untilMs: number): void {
    if (this.#running || this.#state === 'complete') return;
    this.#controller = new AbortController();
    this.#running = this.#runAndRelease(this.createReader(), untilMs);
  }

  /** Resolves when the check has released the file. Another file may take its place, which is not checked yet. */
  async stop(): Promise<void> {
    this.#controller.abort();
    await this.#running;
    this.#state = 'waiting';
  }

  async #runAndRelease(reader: ReaderClient, untilMs: number): Promise<void> {
    try {
      await this.#run(reader, untilMs);
    } finally {
      await reader.close();
      this.#running = undefined;
    }
  }

  async #run(reader: ReaderClient, untilMs: number): Promise<void> {
    const startMs = performance.now();
    let findings = 0;
    let cursor: CheckCursor | undefined = startCheck(untilMs);
    if (!(await this.#pause(START_DELAY_MS))) return;
    this.#state = 'running';
    while (cursor) {
      const stepStartMs = performance.now();
      let pauseMs = RETRY_DELAY_MS;
      try {
        const step: CheckStep = await reader.call<CheckStep>('checkRows', cursor);
        for (const finding of step.findings) this.reportDamage(finding);
        findings += step.findings.length;
        cursor = step.next;
        pauseMs = (performance.now() - stepStartMs) * PAUSE_FACTOR;
      } catch (error) {
        // The thread was lost: the service logs what is wrong.
        this.logger.debug(`check of the database file: ${errorMessage(error)}`);
      }
      if (cursor && !(await this.#pause(pauseMs))) return;
    }
    this.#state = 'complete';
    if (findings > 0) {
      const seconds = Math.round((performance.now() - startMs) / 1_000);
      this.logger.warn(`the check of the database file ended after ${seconds} s with ${findings} findings`);
    }
  }

  /** @returns false if the check was stopped meanwhile */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#controller;
    await setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined);
    return !signal.aborted;
  }
}
