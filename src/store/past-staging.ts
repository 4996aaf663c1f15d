/** Books a past through a place where its rows gather unseen, and become the dashboard's in one step. */
import { randomUUID } from 'node:crypto';
import type { TimeOfDay } from '../clock/clock.js';
import type { Dashboard } from '../counters/counters.js';
import { resolveReckoning } from '../measures/reckoning.js';
import { type FinishedPast, PastBuilder } from './past-builder.js';
import type { BookedPast, PastLine } from './past.port.js';
import type { ExportRecord } from './transfer.port.js';

/** Rows that are passed on together: a batch is one bounded step of the store. */
const ROWS_PER_BATCH = 1_000;

/** The past of one dashboard on its way into a store. Nobody can read it before it is complete. */
export interface PastStaging {
  /** State when it began. */
  readonly dashboard: Dashboard;
  /** Adds rows, each kind and counter in the order of time. */
  add(records: readonly ExportRecord[]): Promise<void>;
  /**
   * Makes it the past of the dashboard, in one atomic step.
   * @throws TallyError `has-history` if something was counted since it began, `definition-changed`,
   *   `unknown-dashboard`, `store-unavailable`
   */
  complete(past: FinishedPast): Promise<void>;
  /** Deletes what has been added. */
  abort(): Promise<void>;
}

interface PastOptions {
  readonly clock: Pick<TimeOfDay, 'now' | 'nowForExpiry'>;
  /** Zone of dashboards that name none. */
  readonly timeZone: string;
  /** Actor for the ledger. */
  readonly who: string | undefined;
}

/** Books lines as `CounterStore.bookPast`. Whatever fails, nothing is left behind. */
export async function stagePast(
  staging: PastStaging,
  lines: AsyncIterable<readonly PastLine[]>,
  { clock, timeZone, who }: PastOptions,
): Promise<BookedPast> {
  try {
    const builder = new PastBuilder(staging.dashboard, {
      reckoning: resolveReckoning(staging.dashboard.settings, timeZone),
      nowMs: clock.now(),
      expiryMs: clock.nowForExpiry(),
      epoch: randomUUID(),
      who,
    });
    for await (const batch of lines) {
      for (const line of batch) {
        builder.add(line);
        if (builder.endedRows >= ROWS_PER_BATCH) await staging.add(builder.takeRows());
      }
    }
    const past = builder.finish();
    await staging.add(builder.takeRows());
    await staging.complete(past);
    const { dashboard, outcome, lines: count } = past;
    return { dashboard, outcome, lines: count };
  } catch (error) {
    await staging.abort();
    throw error;
  }
}
