/** Reads the idempotency keys of files with an earlier schema, to export or check them without a migration. */
import { EVERYBODY } from '../owned-key.js';
import { type Database, readPragma } from './database.js';

/** The first schema in which keys have owners and an end. */
const SCHEMA_WITH_OWNERS = 3;

/**
 * Lets the queries of this connection see the keys of an earlier schema as a migration would leave them. Has no effect
 * on files of the present schema, and never changes the file.
 * @param keyTtlMs time to live of the keys, milliseconds
 */
export function presentOlderKeys(database: Database.Database, keyTtlMs: number): void {
  if (readPragma(database, 'user_version') >= SCHEMA_WITH_OWNERS) return;
  database.exec(
    `CREATE TEMP VIEW keys AS SELECT dashboard, key, '${EVERYBODY}' AS owner, at,
     CASE typeof(at) WHEN 'integer' THEN at + ${keyTtlMs} END AS keep_until, fingerprint, reply FROM main.keys`,
  );
}
