/** The idempotency key of a change that is sent until its outcome is known: sent again, it counts once. */
import type { ChangeRequest } from '../data/optimistic-changes.js';

export class ChangeAttempt {
  #sent: string | undefined;
  #key = '';

  /** Returns the key of a request: the one of before if the same request is sent again. */
  getKey(request: Omit<ChangeRequest, 'key'>): string {
    const sent = JSON.stringify(request);
    // `crypto.randomUUID` does not exist on pages that were loaded over plain HTTP.
    if (sent !== this.#sent) this.#key = crypto.getRandomValues(new Uint32Array(4)).join('-');
    this.#sent = sent;
    return this.#key;
  }

  /** Called once the outcome is known: a key would repeat it. */
  forget(): void {
    this.#sent = undefined;
  }
}
