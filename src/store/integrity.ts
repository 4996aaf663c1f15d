/** The integrity of what is stored. */

/** Shown in the health response and in metrics. */
export interface StoreIntegrity {
  /** The check of all rows, which runs once after the start, beside the service. */
  readonly check: 'waiting' | 'running' | 'complete';
  /** Damaged places found since the start, each counted once, up to 10,000. The log describes them. */
  readonly findings: number;
}
