/** Dates to now what a dashboard has booked ahead of the clock. */
import type { Database } from './database.js';
import { toBucketStart } from '../in-process/decide.js';
import type { TimeSpan } from '../../counters/counters.js';
import { DAY_ROWS, ROWS } from '../store.js';

interface Redating {
  /** Id of the dashboard. */
  readonly id: number;
  /** The new epoch: viewers hold a later time of the present one. */
  readonly epoch: string;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** The day of the dashboard that `nowMs` is in. */
  readonly day: TimeSpan;
}

/**
 * Runs in the transaction of the caller. Ledger entries keep their order, and points and levels merge into the bucket
 * of `nowMs`, so that the sums of points stay equal to the totals. The cost grows with what is later than `nowMs`.
 */
export function redate(database: Database.Database, { id, epoch, nowMs, day }: Redating): void {
  const run = (sql: string, ...values: readonly unknown[]): void => void database.prepare(sql).run(...values);
  run(
    'UPDATE dashboards SET at = ?, epoch = ?, day_start = ?, day_end = ? WHERE id = ?',
    nowMs,
    epoch,
    day.start,
    day.end,
    id,
  );
  run(
    `UPDATE ledger SET at = ?1 WHERE dashboard = ?2 AND revision > coalesce(
       (SELECT revision FROM ledger WHERE dashboard = ?2 AND at <= ?1 ORDER BY revision DESC LIMIT 1), -1)`,
    nowMs,
    id,
  );
  run('UPDATE keys SET at = ?1, keep_until = keep_until - (at - ?1) WHERE dashboard = ?2 AND at > ?1', nowMs, id);
  for (const { stepMs } of ROWS) {
    const later = 'step = ?1 AND at > ?2 AND counter IN (SELECT id FROM counters WHERE dashboard = ?3)';
    const range = [stepMs, stepMs === DAY_ROWS.stepMs ? day.start : toBucketStart(nowMs, stepMs), id];
    run(
      `INSERT INTO points (counter, step, at, value, added, removed)
       SELECT merged.counter, ?1, ?2, counters.added - counters.removed, merged.added, merged.removed FROM
         (SELECT counter, sum(added) AS added, sum(removed) AS removed FROM points WHERE ${later} GROUP BY counter)
         AS merged JOIN counters ON counters.id = merged.counter WHERE true
       ON CONFLICT DO UPDATE SET value = excluded.value, added = added + excluded.added, removed = removed + excluded.removed`,
      ...range,
    );
    run(
      `INSERT INTO levels (counter, step, at, value, least, most)
       SELECT merged.counter, ?1, ?2, counters.value, merged.least, merged.most FROM
         (SELECT counter, min(least) AS least, max(most) AS most FROM levels WHERE ${later} GROUP BY counter)
         AS merged JOIN counters ON counters.id = merged.counter WHERE counters.value IS NOT NULL
       ON CONFLICT DO UPDATE SET value = excluded.value, least = min(least, excluded.least), most = max(most, excluded.most)`,
      ...range,
    );
    for (const table of ['points', 'levels']) run(`DELETE FROM ${table} WHERE ${later}`, ...range);
  }
}
