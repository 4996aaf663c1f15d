/** The schema of the database file as a list of migrations. A released migration is never changed. */
import { EVERYBODY } from '../owned-key.js';
import { BUCKETS, DAY_ROWS } from '../store.js';

const HOUR_MS = BUCKETS[2].stepMs;
const DAY_MS = DAY_ROWS.stepMs;

/** Settings that a migration may need. */
export interface MigrationSettings {
  /** Time to live of idempotency keys that have no end yet, milliseconds. */
  readonly keyTtlMs: number;
}

/** SQL that builds the text of `settings` and `definition` from the columns of schema 3. NULL leaves a member out. */
export const OLDER_SETTINGS = `json_patch('{}', json_object('title', CAST(title AS TEXT)))`;
export const OLDER_DEFINITION = `json_patch('{}', json_object('title', CAST(title AS TEXT), 'singular', CAST(unit AS TEXT)))`;

/** A sum that wraps around where amounts are damaged: `sum` of SQLite would fail, and the migration with it. */
function wrappingSum(column: string): string {
  const low = `sum(${column} & 0xffffffff)`;
  return `((sum(${column} >> 32) + (${low} >> 32)) << 32 | (${low} & 0xffffffff))`;
}

/**
 * `counters.added` and `removed` are 64-bit integers. `points.step` is in milliseconds, and `points.at` is the start of
 * the bucket; `levels` has the same of gauges. `counters.value` is the level of a gauge, and NULL for counters.
 * `dashboards.day_start` and `day_end` are NULL before the first change. Tables without rowid are stored in the order
 * of their key: a ledger by revision, a series by time. `counters.start_revision` and `set_revision` are those of
 * `UndoLimits`.
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
  // Definitions, gauges, and rows of days, which are made of the hours that are there: days were those of UTC.
  `
  ALTER TABLE dashboards ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE dashboards ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE dashboards ADD COLUMN day_start INTEGER;
  ALTER TABLE dashboards ADD COLUMN day_end INTEGER;
  UPDATE dashboards SET settings = ${OLDER_SETTINGS};
  UPDATE dashboards SET day_start = at - at % ${DAY_MS}, day_end = at - at % ${DAY_MS} + ${DAY_MS} WHERE revision > 0;
  ALTER TABLE dashboards DROP COLUMN title;
  ALTER TABLE counters ADD COLUMN definition TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE counters ADD COLUMN value INTEGER;
  UPDATE counters SET definition = ${OLDER_DEFINITION};
  ALTER TABLE counters DROP COLUMN title;
  ALTER TABLE counters DROP COLUMN unit;
  CREATE TABLE levels (
    counter INTEGER NOT NULL REFERENCES counters (id),
    step INTEGER NOT NULL,
    at INTEGER NOT NULL,
    value INTEGER NOT NULL,
    least INTEGER NOT NULL,
    most INTEGER NOT NULL,
    PRIMARY KEY (counter, step, at)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX levels_by_age ON levels (step, at);
  ALTER TABLE ledger ADD COLUMN undoes INTEGER;
  INSERT INTO points (counter, step, at, value, added, removed)
    SELECT counter, ${DAY_MS}, day, value, added, removed FROM
      (SELECT counter, at - at % ${DAY_MS} AS day, max(at), value, ${wrappingSum('added')} AS added,
         ${wrappingSum('removed')} AS removed
       FROM points WHERE step = ${HOUR_MS} GROUP BY counter, day);
  `,
  // Undo: what undid an entry, and which entries are changes of the present counters.
  `
  ALTER TABLE counters ADD COLUMN start_revision INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE counters ADD COLUMN set_revision INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX ledger_by_undone ON ledger (dashboard, undoes) WHERE undoes IS NOT NULL;
  `,
  // Documents. The row without a name has the version of all documents of the dashboard.
  `
  CREATE TABLE documents (
    dashboard INTEGER NOT NULL REFERENCES dashboards (id),
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    secret TEXT,
    PRIMARY KEY (dashboard, name)
  ) STRICT, WITHOUT ROWID;
  `,
];
