/** Dates to now what a dashboard has booked ahead of the clock. */
import type { Database } from './database.js';
import { toBucketStart } from '../in-process/decide.js';
import { BUCKETS } from '../store.js';

interface Redating {
  /** Id of the dashboard. */
  readonly id: number;
  /** The new epoch: viewers hold a later time of the present one. */
  readonly epoch: string;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/**
 * Runs in the transaction of the caller. Ledger entries keep their order, and points merge into the bucket of `nowMs`,
 * so that their sums stay equal to the totals. The cost grows with what is later than `nowMs`.
 */
export function redate(database: Database.Database, { id, epoch, nowMs }: Redating): void {
  const run = (sql: string, ...values: readonly unknown[]): void => void database.prepare(sql).run(...values);
  run('UPDATE dashboards SET at = ?, epoch = ? WHERE id = ?', nowMs, epoch, id);
  run(
    `UPDATE ledger SET at = ?1 WHERE dashboard = ?2 AND revision > coalesce(
       (SELECT revision FROM ledger WHERE dashboard = ?2 AND at <= ?1 ORDER BY revision DESC LIMIT 1), -1)`,
    nowMs,
    id,
  );
  run('UPDATE keys SET at = ?1 WHERE dashboard = ?2 AND at > ?1', nowMs, id);
  for (const { stepMs } of BUCKETS) {
    const later = 'step = ?1 AND at > ?2 AND counter IN (SELECT id FROM counters WHERE dashboard = ?3)';
    const start = toBucketStart(nowMs, stepMs);
    run(
      `INSERT INTO points (counter, step, at, value, added, removed)
       SELECT merged.counter, ?1, ?2, counters.added - counters.removed, merged.added, merged.removed FROM
         (SELECT counter, sum(added) AS added, sum(removed) AS removed FROM points WHERE ${later} GROUP BY counter)
         AS merged JOIN counters ON counters.id = merged.counter WHERE true
       ON CONFLICT DO UPDATE SET value = excluded.value, added = added + excluded.added, removed = removed + excluded.removed`,
      stepMs,
      start,
      id,
    );
    run(`DELETE FROM points WHERE ${later}`, stepMs, start, id);
  }
}
