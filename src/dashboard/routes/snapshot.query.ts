/** Query parameters of the snapshot routes, as the query parser returns them. */
import { Allow } from 'class-validator';
import { CountersQuery } from './counters.query.js';

/** Parameters of snapshots and streams alike. */
export class SnapshotQuery extends CountersQuery {
  /** For `parseTotals`. */
  @Allow()
  readonly totals?: unknown;

  /** For `parsePeriods`. */
  @Allow()
  readonly periods?: unknown;
}

/** The moment of a snapshot of the past. Streams refuse it. */
export class AsOfQuery {
  @Allow()
  readonly at?: unknown;
}

/** Classes of all parameters of the snapshot routes. */
export const SNAPSHOT_QUERY = [SnapshotQuery, AsOfQuery] as const;
