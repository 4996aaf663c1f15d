/** Reads and writes the table of documents, in the writer thread. */
import type {
  DocumentChanges,
  DocumentPage,
  DocumentRange,
  DocumentVersion,
  StoredDocument,
} from '../document-store.js';
import { type Database, inTransaction, type Statement } from './database.js';
import { decodeOptionalText, decodeText, type StoredText, textColumn } from './text-decoder.js';
import type { SqliteWriter } from './writer.js';

/** Name of the row whose text is the version. */
const VERSION_NAME = '';

interface DocumentRow {
  readonly name: StoredText;
  readonly text: StoredText;
  readonly secret: StoredText | null;
}

export class DocumentTable {
  readonly #selectDashboards: Statement;
  readonly #selectVersion: Statement;
  readonly #selectRange: Record<'ASC' | 'DESC', Statement>;
  readonly #put: Statement;
  readonly #remove: Statement;

  constructor(
    private readonly database: Database.Database,
    private readonly writer: Pick<SqliteWriter, 'getLoaded'>,
  ) {
    this.#selectDashboards = database.prepare(
      `SELECT ${textColumn('name')} FROM dashboards WHERE name >= 'a' AND EXISTS
       (SELECT 1 FROM documents WHERE dashboard = dashboards.id AND documents.name > '')`,
    );
    this.#selectVersion = database.prepare(
      `SELECT ${textColumn('text')} FROM documents WHERE dashboard = ? AND name = ''`,
    );
    const prepareRange = (order: string): Statement =>
      database.prepare(
        `SELECT ${textColumn('name', 'name')}, ${textColumn('text')}, ${textColumn('secret')} FROM documents
         WHERE dashboard = ? AND documents.name >= ? AND documents.name < ? AND documents.name > ''
         ORDER BY documents.name ${order} LIMIT ?`,
      );
    this.#selectRange = { ASC: prepareRange('ASC'), DESC: prepareRange('DESC') };
    this.#put = database.prepare(
      'INSERT OR REPLACE INTO documents (dashboard, name, text, secret) VALUES (?, ?, ?, ?)',
    );
    this.#remove = database.prepare('DELETE FROM documents WHERE dashboard = ? AND name = ?');
  }

  listDashboards(): string[] {
    return (this.#selectDashboards.all() as { name: StoredText }[]).map(({ name }) => decodeText('name', name));
  }

  /** As the port says. */
  read(dashboard: string, { from, to, limit, newestFirst = false }: DocumentRange): DocumentPage {
    const loaded = this.writer.getLoaded(dashboard);
    const rows = this.#selectRange[newestFirst ? 'DESC' : 'ASC'].all(loaded.id, from, to, limit) as DocumentRow[];
    return {
      epoch: loaded.dashboard.epoch,
      version: this.#readVersion(loaded.id),
      documents: rows.map(decodeDocument),
    };
  }

  /** As the port says. */
  write(
    dashboard: string,
    { epoch, version }: DocumentVersion,
    { put = [], remove = [] }: DocumentChanges,
  ): DocumentVersion | undefined {
    const { id, dashboard: state } = this.writer.getLoaded(dashboard);
    if (state.epoch !== epoch || this.#readVersion(id) !== version) return undefined;
    inTransaction(this.database, () => {
      for (const name of remove) this.#remove.run(id, name);
      for (const { name, text, secret = null } of put) this.#put.run(id, name, text, secret);
      this.#put.run(id, VERSION_NAME, String(version + 1), null);
    });
    return { epoch, version: version + 1 };
  }

  #readVersion(id: number): number {
    const row = this.#selectVersion.get(id) as Pick<DocumentRow, 'text'> | undefined;
    return row ? Number(decodeText('text', row.text, /^\d{1,15}$/)) : 0;
  }
}

function decodeDocument({ name, text, secret }: DocumentRow): StoredDocument {
  const decodedSecret = decodeOptionalText('secret', secret);
  return {
    name: decodeText('name', name),
    text: decodeText('text', text),
    ...(decodedSecret !== undefined && { secret: decodedSecret }),
  };
}
