/** Readiness of the instance: the store responds, and no shutdown has begun. */
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Durability } from '../store/durability.js';
import type { StoreIntegrity } from '../store/integrity.js';
import { CounterStore } from '../store/store.js';

@Injectable()
export class Readiness {
  #state: 'ready' | 'stopping' = 'ready';
  #pendingPing: Promise<void> | undefined;

  constructor(
    private readonly store: CounterStore,
    private readonly clock: Clock,
  ) {}

  get state(): 'ready' | 'stopping' {
    return this.#state;
  }

  get durability(): Durability {
    return this.store.durability;
  }

  get integrity(): StoreIntegrity | undefined {
    return this.store.integrity;
  }

  /** Difference of the wall clock to the time of day that the service goes by, milliseconds. 0 while it is believed. */
  get clockOffsetMs(): number {
    return this.clock.offsetMs;
  }

  /** Makes the instance report that it is not ready, before a shutdown. */
  markStopping(): void {
    this.#state = 'stopping';
  }

  /**
   * Resolves when the store responds. Concurrent calls share one ping, so that they do not pile up behind a store that
   * hangs.
   * @throws Error if it does not, without details: the caller may be anyone
   */
  async pingStore(): Promise<void> {
    this.#pendingPing ??= this.store.ping().finally(() => (this.#pendingPing = undefined));
    try {
      await this.#pendingPing;
    } catch {
      throw new Error('the store cannot be reached');
    }
  }
}
