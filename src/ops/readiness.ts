/** Whether this instance is to be sent requests: its store answers, and it was not told to stop. */
import { Injectable } from '@nestjs/common';
import type { Durability } from '../store/durability.js';
import { CounterStore } from '../store/store.js';

@Injectable()
export class Readiness {
  #state: 'ready' | 'stopping' = 'ready';
  #pendingPing: Promise<void> | undefined;

  constructor(private readonly store: CounterStore) {}

  get state(): 'ready' | 'stopping' {
    return this.#state;
  }

  /** What an acknowledgement means here. */
  get durability(): Durability {
    return this.store.durability;
  }

  /** Says that this instance is about to stop. */
  markStopping(): void {
    this.#state = 'stopping';
  }

  /**
   * Resolves when the store answers. One call to the store at a time, however many ask: behind one that hangs they would pile up.
   * @throws Error when it does not; what it says of the store is for the log, not for whoever may ask
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
