/** Checks the rows of a database file beside the service, once, in steps that the reader thread runs between reads. */
import type { Logger } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import { errorMessage } from '../../counters/errors.js';
import type { StoreIntegrity } from '../integrity.js';
import { CHECK_START, type CheckCursor, type CheckStep } from './row-check.js';

/** Delay after the start, so that the first requests have the processor, milliseconds. */
const START_DELAY_MS = 2_000;
/** Pause before the next step, as a multiple of what the last one took: the check uses a sixth of a processor. */
const PAUSE_FACTOR = 5;
/** Pause before a step that failed is tried again, milliseconds. */
const RETRY_DELAY_MS = 5_000;

export class BackgroundCheck {
  readonly #stop = new AbortController();
  #isStarted = false;
  #state: StoreIntegrity['check'] = 'waiting';

  /**
   * @param runStep runs a step on the reader thread
   * @param reportDamage receives each finding
   */
  constructor(
    private readonly logger: Logger,
    private readonly runStep: (cursor: CheckCursor) => Promise<CheckStep>,
    private readonly reportDamage: (finding: string) => void,
  ) {}

  get state(): StoreIntegrity['check'] {
    return this.#state;
  }

  /** Runs until everything has been checked or {@link stop} is called. Later calls do nothing. */
  async run(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const startMs = performance.now();
    let findings = 0;
    let cursor: CheckCursor | undefined = CHECK_START;
    if (!(await this.#pause(START_DELAY_MS))) return;
    this.#state = 'running';
    while (cursor) {
      const stepStartMs = performance.now();
      let pauseMs = RETRY_DELAY_MS;
      try {
        const step: CheckStep = await this.runStep(cursor);
        for (const finding of step.findings) this.reportDamage(finding);
        findings += step.findings.length;
        cursor = step.next;
        pauseMs = (performance.now() - stepStartMs) * PAUSE_FACTOR;
      } catch (error) {
        // Too many reads, or the thread was lost: the service logs what is wrong.
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

  stop(): void {
    this.#stop.abort();
  }

  /** @returns false if the check was stopped meanwhile */
  async #pause(ms: number): Promise<boolean> {
    await setTimeout(ms, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
    return !this.#stop.signal.aborted;
  }
}
