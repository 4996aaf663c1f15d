/**
 * The right to run the rules of a dashboard of a shared store: a document that its holder writes again and again.
 * Clocks of instances are not compared: a lease has expired when another instance has seen it unchanged long enough.
 */
import type { StoredDocument } from '../../store/document-store.js';
import { LEASE_DOCUMENT } from '../rule-documents.js';

/** Interval at which the holder renews it, milliseconds. */
const LEASE_RENEWAL_MS = 2_000;
/** Time after which a lease that was not renewed is free, milliseconds. */
const LEASE_EXPIRY_MS = 8_000;

export class Lease {
  #seen: { readonly text: string; readonly sinceMs: number } | undefined;
  #renewals = 0;
  #renewedMs = -Infinity;

  /** @param holder id of this instance */
  constructor(private readonly holder: string) {}

  /** True if this instance may take the lease, or has it. @param text the lease as it is stored */
  isFree(text: string | undefined): boolean {
    if (text === undefined || (JSON.parse(text) as { holder: string }).holder === this.holder) return true;
    if (this.#seen?.text !== text) this.#seen = { text, sinceMs: performance.now() };
    return performance.now() - this.#seen.sinceMs >= LEASE_EXPIRY_MS;
  }

  /** True if the holder should renew it. */
  get isDue(): boolean {
    return performance.now() - this.#renewedMs >= LEASE_RENEWAL_MS;
  }

  /** Returns the document that takes or renews the lease. */
  renew(): StoredDocument {
    this.#renewals += 1;
    this.#renewedMs = performance.now();
    return { name: LEASE_DOCUMENT, text: JSON.stringify({ holder: this.holder, renewals: this.#renewals }) };
  }

  /** Returns the names of the documents to remove to give the lease up. */
  release(): string[] {
    return [LEASE_DOCUMENT];
  }
}
