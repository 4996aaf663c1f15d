/** The durability of acknowledged changes: where they are, and whether a crash can lose them. */

/** Shown in the health response and in metrics. */
export interface Durability {
  /** Where an acknowledged change is stored, in words. */
  readonly acknowledged: string;
  /** `yes` if every acknowledged change survives a crash, and a failover if the deployment can fail over. */
  readonly survives: 'yes' | 'no' | 'unknown';
  /** Settings of Redis, of the least durable master if there are several. Absent for other stores. */
  readonly appendonly?: 'yes' | 'no' | 'unknown';
  readonly appendfsync?: 'always' | 'everysec' | 'no' | 'unknown';
  /** Connected replicas, of the master with the fewest. */
  readonly replicas?: number;
  /** `REDIS_WAIT_REPLICAS` and `REDIS_WAIT_AOF`: confirmations that an acknowledgement waits for. */
  readonly waitReplicas?: number;
  readonly waitAof?: number;
  /** Each names a way in which changes can be lost, and the setting that prevents it. */
  readonly warnings: readonly string[];
}

/** `PRAGMA synchronous=FULL` syncs the write-ahead log to disk with every commit. */
export const SQLITE_DURABILITY: Durability = {
  acknowledged: 'on the disk (SQLite in WAL mode, synchronous=FULL)',
  survives: 'yes',
  warnings: [],
};

export const MEMORY_DURABILITY: Durability = {
  acknowledged: 'only in the memory of this process',
  survives: 'no',
  warnings: ['all changes are lost when this process ends: set STORE=sqlite or STORE=redis to keep them'],
};
