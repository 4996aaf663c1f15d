/** Reads the present versions of the dashboards to which rows of other tables belong. */
import type { Database, Statement } from './database.js';
import { decodeLossily, integerColumn, type StoredText, textColumn } from './text-decoder.js';

export interface DashboardVersion {
  readonly name: string;
  readonly revision: number;
  /** Time of the last change, milliseconds since the Unix epoch. */
  readonly at: number;
}

export class DashboardVersions {
  readonly #select: Statement;

  constructor(database: Database.Database) {
    this.#select = database.prepare(
      `SELECT ${textColumn('name')}, ${integerColumn('revision')}, ${integerColumn('at')} FROM dashboards WHERE id = ?`,
    );
  }

  /**
   * Returns the versions by id. Leaves out removed and incomplete dashboards, whose names sort before 'a', and damaged
   * ones, which no start accepts.
   */
  read(rows: readonly { readonly dashboard: number }[]): Map<number, DashboardVersion> {
    const versions = new Map<number, DashboardVersion>();
    for (const id of new Set(rows.map(({ dashboard }) => dashboard))) {
      const row = this.#select.get(id) as { name: StoredText; revision: number | null; at: number | null } | undefined;
      if (!row || row.revision === null || row.at === null) continue;
      const name = decodeLossily(row.name);
      if (name >= 'a') versions.set(id, { name, revision: row.revision, at: row.at });
    }
    return versions;
  }
}
