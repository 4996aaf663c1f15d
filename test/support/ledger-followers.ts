/** Clients that follow the ledger of `main` through every instance, and recover by themselves. */
import { RefusedError, streamChanges, type StreamedChange } from '../../src/client/client.js';
import { afterTest, eventually } from './cleanup.js';
import type { Service } from './service.js';

export class LedgerFollower {
  readonly entries: StreamedChange[] = [];
  /** Code of the refusal that ended it; undefined while it follows. */
  refusedAs: string | undefined;

  constructor(url: string) {
    const stopping = new AbortController();
    const following = this.#follow(url, stopping.signal);
    afterTest(() => {
      stopping.abort();
      return following;
    });
  }

  /** Resolves when it has the entry of this revision, or was refused. */
  async waitForRevision(revision: number): Promise<void> {
    await eventually(() => this.refusedAs !== undefined || (this.entries.at(-1)?.revision ?? 0) >= revision);
  }

  async #follow(url: string, signal: AbortSignal): Promise<void> {
    try {
      for await (const entry of streamChanges(url, { signal, staleAfterMs: 20_000 })) this.entries.push(entry);
    } catch (error) {
      if (signal.aborted) return;
      this.refusedAs = error instanceof RefusedError ? error.problem.code : String(error);
    }
  }
}

export function followLedgers(services: readonly Service[]): readonly LedgerFollower[] {
  return services.map(({ url }) => new LedgerFollower(url));
}
