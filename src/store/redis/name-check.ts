/** Notices names that the index of dashboards has lost, by DEL or by an eviction, and adds them again. */
import { Logger } from '@nestjs/common';
import { errorMessage } from '../../counters/errors.js';
import type { RedisConnection } from './connection.js';
import type { DashboardNames } from './dashboard-names.js';

const CHECK_INTERVAL_MS = 5_000;
/** Names that are compared at the same time. */
const NAMES_PER_STEP = 500;

/**
 * Remembers dashboards that this instance has changed, defined, listed or watched. A check compares those that are new
 * with the index, and all of them if the index has become smaller: it costs one command while nothing happens, and
 * nothing per change.
 */
export class NameCheck {
  readonly #timer: NodeJS.Timeout;
  /** True for names that have been compared with the index. */
  readonly #known = new Map<string, boolean>();
  /** Number of names in the index at the last check. */
  #count = 0;
  #isRunning = false;

  /**
   * @param maxNames names that are remembered at most
   * @param onRestored receives each name that was added again
   */
  constructor(
    private readonly connection: RedisConnection,
    private readonly names: DashboardNames,
    private readonly maxNames: number,
    private readonly onRestored: (name: string) => void,
  ) {
    this.#timer = setInterval(() => void this.#check(), CHECK_INTERVAL_MS).unref();
  }

  /** @param isListed true if the name was read from the index */
  remember(name: string, isListed = false): void {
    if (!this.#known.has(name) && this.#known.size < this.maxNames) this.#known.set(name, isListed);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    if (this.#isRunning || !this.connection.isReady || this.#known.size === 0) return;
    this.#isRunning = true;
    try {
      const count = await this.names.count();
      const hasShrunk = count < this.#count;
      const suspects = [...this.#known].filter(([, isCompared]) => hasShrunk || !isCompared).map(([name]) => name);
      let restoredCount = 0;
      for (let from = 0; from < suspects.length; from += NAMES_PER_STEP) {
        const step = suspects.slice(from, from + NAMES_PER_STEP);
        const restored = await Promise.all(step.map((name) => this.#compare(name)));
        restoredCount += restored.filter(Boolean).length;
      }
      // Not counted again: a name that was lost during the check would never be missed.
      this.#count = count + restoredCount;
    } catch (error) {
      // The next check compares the same names.
      new Logger(NameCheck.name).debug(`check of the index of names: ${errorMessage(error)}`);
    } finally {
      this.#isRunning = false;
    }
  }

  /** @returns true if the name was lost and has been added again */
  async #compare(name: string): Promise<boolean> {
    if (await this.names.has(name)) {
      this.#known.set(name, true);
      return false;
    }
    if (await this.names.restoreIfExists(name)) {
      this.#known.set(name, true);
      this.onRestored(name);
      return true;
    }
    this.#known.delete(name);
    return false;
  }
}
