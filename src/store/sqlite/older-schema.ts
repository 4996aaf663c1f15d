/** Reads files with an earlier schema as a migration would leave them, to check them without one. */
import type Database from 'libsql';
import { EVERYBODY } from '../owned-key.js';
import { OLDER_DEFINITION, OLDER_SETTINGS } from './schema.js';

/** The first schema in which keys have owners and an end. */
const SCHEMA_WITH_OWNERS = 3;
/** The first schema with definitions, gauges and rows of days. */
const SCHEMA_WITH_DEFINITIONS = 4;
/** The first schema in which counters have limits for undo. */
const SCHEMA_WITH_UNDO_LIMITS = 5;

/**
 * Lets the queries of this connection see the tables of an earlier schema as a migration would leave them, without rows
 * of days. Has no effect on files of the present schema, and never changes the file. The end of a key, which depends on
 * the settings, is the time of its change.
 * @param version schema of the file
 */
export function presentOlderTables(database: Database.Database, version: number): void {
  const views: string[] = [];
  if (version < SCHEMA_WITH_OWNERS) {
    views.push(
      `keys AS SELECT dashboard, key, '${EVERYBODY}' AS owner, at, at AS keep_until, fingerprint, reply FROM main.keys`,
    );
  }
  if (version < SCHEMA_WITH_DEFINITIONS) {
    views.push(
      `dashboards AS SELECT id, name, epoch, revision, at, ${OLDER_SETTINGS} AS settings, 1 AS version,
         NULL AS day_start, NULL AS day_end FROM main.dashboards`,
      `counters AS SELECT id, dashboard, name, added, removed, ${OLDER_DEFINITION} AS definition, NULL AS value,
         0 AS start_revision, 0 AS set_revision FROM main.counters`,
      'ledger AS SELECT *, NULL AS undoes FROM main.ledger',
      'levels AS SELECT counter, step, at, value, added AS least, removed AS most FROM main.points WHERE false',
    );
  } else if (version < SCHEMA_WITH_UNDO_LIMITS) {
    views.push('counters AS SELECT *, 0 AS start_revision, 0 AS set_revision FROM main.counters');
  }
  for (const view of views) database.exec(`CREATE TEMP VIEW IF NOT EXISTS ${view}`);
}
