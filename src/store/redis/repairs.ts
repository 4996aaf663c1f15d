/** Logs what the change script found in disagreement with a dashboard (`lua/repair.lua`), and what follows. */
import { Logger } from '@nestjs/common';

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'dashboard-lost':
    'Redis has lost the dashboard, but not its ledger: check for DEL, and for evictions (maxmemory-policy)',
  'ledger-ahead':
    'the ledger had entries that the dashboard does not know: they were removed, and it continues in a new epoch',
  'ledger-lost': 'Redis has lost the ledger: entries before now are gone; check for evictions (maxmemory-policy)',
  'keys-lost':
    'Redis has lost the idempotency keys: retries of earlier changes count again; check for evictions (maxmemory-policy)',
  'keys-of-another-life': 'idempotency keys of an earlier dashboard of this name were removed',
  'expiry-lost':
    'Redis has lost the expiry of idempotency keys, all or some: they were listed again; check for evictions',
  'undone-lost':
    'Redis has lost the list of undone revisions: it was made again from the ledger; check for evictions (maxmemory-policy)',
  'name-lost':
    'Redis has lost its name in the index, so that lists did not show it: it was added again; check for DEL, and for ' +
    'evictions (maxmemory-policy)',
  'points-ahead': 'the history had points that the dashboard does not know: they were removed',
};

/** Pause between two log lines about the same repair of a dashboard, milliseconds. */
const LOG_INTERVAL_MS = 60_000;

export class RepairLog {
  /** Times of the last log lines, `performance.now()`. */
  readonly #loggedAtMs = new Map<string, number>();
  readonly #logger = new Logger('RedisStore');

  /** Logs a repair, once a minute for each dashboard. */
  record(dashboard: string, repair: string): void {
    const text = `${dashboard}: ${DESCRIPTIONS[repair] ?? `Redis disagrees with the dashboard (${repair})`}`;
    const nowMs = performance.now();
    if (nowMs - (this.#loggedAtMs.get(text) ?? -LOG_INTERVAL_MS) < LOG_INTERVAL_MS) return;
    for (const [other, loggedAtMs] of this.#loggedAtMs) {
      if (nowMs - loggedAtMs >= LOG_INTERVAL_MS) this.#loggedAtMs.delete(other);
    }
    this.#loggedAtMs.set(text, nowMs);
    this.#logger.error(text);
  }
}
