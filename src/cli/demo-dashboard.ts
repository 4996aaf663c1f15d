/** The dashboard that the demo fills over HTTP: creates it, books its past, changes it, and corrects the stock. */
import { buildDashboardUrl, buildResourceUrl } from '../client/urls.js';
import { computeRequestRetryDelayMs } from '../client/retry-delay.js';
import { requestJson } from '../client/request.js';
import {
  bookHistory,
  type Change,
  change,
  describeDashboard,
  type Outcome,
  RefusedError,
  replaceDefinition,
  type Snapshot,
} from '../client/client.js';
import { SHOP_DEFINITION } from '../demo/shop-definition.js';
import type { ShopCounter } from '../demo/shop-day.js';
import type { PastLine } from '../demo/shop-past.js';
import { retry } from '../retry/retry.js';

/** Largest page of the ledger that the service returns, entries. */
const LEDGER_PAGE_SIZE = 1_000;

/** The idempotency key of a change set, the reason for the ledger, and the signal that abandons it. */
export interface ChangeMetadata {
  readonly key: string;
  readonly reason?: string;
  readonly signal: AbortSignal;
}

export class DemoDashboard {
  constructor(
    private readonly url: URL,
    readonly name: string,
    private readonly token: (() => string) | undefined,
  ) {}

  /**
   * Creates the dashboard if it does not exist. Does not retry, so that a wrong URL fails at once.
   * @throws UnavailableError, RefusedError
   */
  async ensureExists(): Promise<void> {
    const { url, name: dashboard, token } = this;
    try {
      await describeDashboard(url, { dashboard, ...(token && { token }) });
    } catch (error) {
      if (!(error instanceof RefusedError && error.problem.code === 'unknown-dashboard')) throw error;
      await replaceDefinition(url, { dashboard, definition: SHOP_DEFINITION, ...(token && { token }) });
    }
  }

  /**
   * Books the past of a dashboard that has none. The service books all lines or none.
   * @returns false if the dashboard has a past already, and nothing was booked
   * @throws UnavailableError, RefusedError
   */
  async bookPast(lines: readonly PastLine[]): Promise<boolean> {
    const { url, name: dashboard, token } = this;
    try {
      await bookHistory(url, { dashboard, lines, ...(token && { token }) });
      return true;
    } catch (error) {
      if (error instanceof RefusedError && error.problem.code === 'has-history') return false;
      throw error;
    }
  }

  /** Changes counters; retries until the server responds. @throws RefusedError, or the reason of the signal */
  change(changes: readonly Change[], metadata: ChangeMetadata): Promise<Outcome> {
    const { url, name: dashboard, token } = this;
    return change(url, { dashboard, changes, ...metadata, maxRetryMs: Infinity, ...(token && { token }) });
  }

  /**
   * Sets a counter to its current value plus `difference`, as a stocktaking does; retries until the server responds.
   * @returns the amount that this added, even if other clients changed the counter between the read and the write
   * @throws RefusedError, or the reason of the signal
   */
  async adjustByRecount(counter: ShopCounter, difference: number, metadata: ChangeMetadata): Promise<number> {
    const before = await this.#readWithRetry<Snapshot>(buildDashboardUrl(this.url, this.name), metadata.signal);
    const to = Math.max((before.counters[counter] ?? 0) + difference, 0);
    const { revision } = await this.change([{ counter, to }], metadata);
    return to - (await this.#readValueAt(revision - 1, counter, before, metadata.signal));
  }

  /** Computes the value of a counter at a revision from an earlier snapshot and the ledger. */
  async #readValueAt(revision: number, counter: ShopCounter, before: Snapshot, signal: AbortSignal): Promise<number> {
    let [value, read] = [before.counters[counter] ?? 0, before.revision];
    while (read < revision) {
      const address = buildResourceUrl(this.url, this.name, 'changes');
      address.search = `after=${read}&limit=${Math.min(revision - read, LEDGER_PAGE_SIZE)}`;
      const page = await this.#readWithRetry<LedgerEntries>(address, signal);
      for (const entry of page.entries) {
        read = entry.revision;
        for (const step of entry.changes) {
          if (step.counter === counter) value = 'by' in step ? value + step.by : step.to;
        }
      }
      if (page.entries.length === 0) return value;
    }
    return value;
  }

  #readWithRetry<T>(address: URL, signal: AbortSignal): Promise<T> {
    const options = { signal, ...(this.token && { token: this.token }) };
    return retry(() => requestJson<T>(address, options), computeRequestRetryDelayMs, Infinity, signal);
  }
}

interface LedgerEntries {
  readonly entries: readonly { readonly revision: number; readonly changes: readonly Change[] }[];
}
