/** The schema of the database file, as the steps that led to it. A step that has been released is never changed. */

/**
 * `counters.added`/`removed` are 64-bit. `points.step` is in milliseconds, `points.at` the start of the bucket. The
 * tables without rowid lie on disk in the order of their key: a ledger in order of revision, a series in order of time.
 */
export const MIGRATIONS: readonly string[] = [
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
  // What was removed keeps its row, under a name below every letter, until all that belongs to it is cleared away.
  `
  CREATE INDEX gone_dashboards ON dashboards (id) WHERE name < 'a';
  CREATE INDEX gone_counters ON counters (id) WHERE name < 'a';
  `,
];
