/** What an acknowledgement means on a store: where an acknowledged change is, and what of it a crash can take. */

export interface Durability {
  /** Where an acknowledged change is, for a person. */
  readonly acknowledged: string;
  /** Whether all that is acknowledged outlives a crash, and a failover where there can be one. */
  readonly survives: 'yes' | 'no' | 'unknown';
  /** What Redis is set to; of several masters the one that keeps the least. Absent for stores that are no Redis. */
  readonly appendonly?: 'yes' | 'no' | 'unknown';
  readonly appendfsync?: 'always' | 'everysec' | 'no' | 'unknown';
  /** Replicas that are connected; the fewest of several masters. */
  readonly replicas?: number;
  /** What is waited for, as it is configured. */
  readonly waitReplicas?: number;
  readonly waitAof?: number;
  /** What could lose changes, and what to do about it. */
  readonly warnings: readonly string[];
}

/** SQLite: `PRAGMA synchronous=FULL` brings the log to the disk with every commit. */
export const SQLITE_DURABILITY: Durability = {
  acknowledged: 'on the disk (SQLite in WAL mode, synchronous=FULL)',
  survives: 'yes',
  warnings: [],
};

export const MEMORY_DURABILITY: Durability = {
  acknowledged: 'in the memory of this process alone',
  survives: 'no',
  warnings: ['every end of this process loses all changes: set STORE=sqlite or STORE=redis to keep them'],
};
