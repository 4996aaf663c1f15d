/** Documents of the embedded store, on their way to the writer thread (document-table.ts). */
import {
  type DocumentChanges,
  type DocumentPage,
  type DocumentRange,
  DocumentStore,
  type DocumentVersion,
} from '../document-store.js';

type DocumentMethod = 'listDocumented' | 'readDocuments' | 'writeDocuments';

interface WriterCalls {
  readonly read: <T>(method: DocumentMethod, ...args: readonly unknown[]) => Promise<T>;
  /** In the order of the changes. */
  readonly write: <T>(method: DocumentMethod, dashboard: string, ...args: readonly unknown[]) => Promise<T>;
}

export class SqliteDocuments extends DocumentStore {
  constructor(private readonly calls: WriterCalls) {
    super();
  }

  listDashboards(): Promise<readonly string[]> {
    return this.calls.read('listDocumented');
  }

  read(dashboard: string, range: DocumentRange): Promise<DocumentPage> {
    return this.calls.read('readDocuments', dashboard, range);
  }

  write(dashboard: string, expected: DocumentVersion, changes: DocumentChanges): Promise<DocumentVersion | undefined> {
    return this.calls.write('writeDocuments', dashboard, expected, changes);
  }
}
