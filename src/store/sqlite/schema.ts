/** The schema of the database file as a list of migrations. A released migration is never changed. */
import { EVERYBODY } from '../owned-key.js';

/** Settings that a migration may need. */
export interface MigrationSettings {
  /** Time to live of idempotency keys that have no end yet, milliseconds. */
  readonly keyTtlMs: number;
}

/**
 * `counters.added` and `removed` are 64-bit integers. `points.step` is in milliseconds, and `points.at` is the start of
 * the bucket. Tables without rowid are stored in the order of their key: a ledger by revision, a series by time.
 */
export const MIGRATIONS: readonly (string | ((settings: MigrationSettings) => string))[] = [
  `
  CREATE TABLE dashboards (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    title TEXT,
    epoch TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE counters (
    id INTEGER PRIMARY KEY,
    dashboard INTEGER NOT NULL REFERENCES dashboards (id),
    name TEXT NOT NULL,
    title TEXT,
    unit TEXT,
    added INTEGER NOT NULL DEFAULT 0,
    removed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (dashboard, name)
  ) STRICT;
  CREATE TABLE points (
    counter INTEGER NOT NULL REFERENCES counters (id),
    step INTEGER NOT NULL,
    at INTEGER NOT NULL,
    value INTEGER NOT NULL,
    added INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    PRIMARY KEY (counter, step, at)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX points_by_age ON points (step, at);
  CREATE TABLE ledger (
    dashboard INTEGER NOT NULL REFERENCES dashboards (id),
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    changes TEXT NOT NULL,
    key TEXT,
    reason TEXT,
    who TEXT,
    PRIMARY KEY (dashboard, revision)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE keys (
    dashboard INTEGER NOT NULL REFERENCES dashboards (id),
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    reply TEXT NOT NULL,
    PRIMARY KEY (dashboard, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX keys_by_age ON keys (at);
  `,
  // A removed dashboard or counter keeps its row as a tombstone, with a name that sorts before 'a', until all of its
  // data has been deleted.
  `
  CREATE INDEX gone_dashboards ON dashboards (id) WHERE name < 'a';
  CREATE INDEX gone_counters ON counters (id) WHERE name < 'a';
  `,
  // Keys get an owner and an end. Those of before belong to everybody. Rows are copied in the order of both tables.
  ({ keyTtlMs }) => `
  CREATE TABLE owned_keys (
    dashboard INTEGER NOT NULL REFERENCES dashboards (id),
    key TEXT NOT NULL,
    owner TEXT NOT NULL,
    at INTEGER NOT NULL,
    keep_until INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    reply TEXT NOT NULL,
    PRIMARY KEY (dashboard, key, owner)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO owned_keys
    SELECT dashboard, key, '${EVERYBODY}', at, at + ${keyTtlMs}, fingerprint, reply FROM keys ORDER BY dashboard, key;
  DROP TABLE keys;
  ALTER TABLE owned_keys RENAME TO keys;
  CREATE INDEX keys_by_end ON keys (keep_until);
  CREATE TABLE trusted_time (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    time_ms INTEGER NOT NULL,
    stood_ms INTEGER NOT NULL
  ) STRICT;
  `,
];
