/** Documents in memory: the reference implementation of the port. */
import type { Dashboard } from '../../counters/counters.js';
import {
  type DocumentChanges,
  type DocumentPage,
  type DocumentRange,
  DocumentStore,
  type DocumentVersion,
  type StoredDocument,
} from '../document-store.js';

/** The documents of one dashboard. */
export interface StoredDocuments {
  version: number;
  readonly byName: Map<string, StoredDocument>;
}

/** A dashboard with its documents. */
interface Owner {
  readonly dashboard: Pick<Dashboard, 'name' | 'epoch'>;
  readonly documents: StoredDocuments;
}

export class MemoryDocuments extends DocumentStore {
  /**
   * @param list returns all dashboards
   * @param get returns a dashboard, or throws `unknown-dashboard`
   */
  constructor(
    private readonly list: () => Iterable<Owner>,
    private readonly get: (dashboard: string) => Owner,
  ) {
    super();
  }

  async listDashboards(): Promise<readonly string[]> {
    return [...this.list()].flatMap(({ dashboard, documents }) => (documents.byName.size > 0 ? [dashboard.name] : []));
  }

  async read(name: string, { from, to, limit, newestFirst = false }: DocumentRange): Promise<DocumentPage> {
    const { dashboard, documents } = this.get(name);
    const inRange = [...documents.byName.values()].filter((document) => document.name >= from && document.name < to);
    const ordered = inRange.toSorted((a, b) => (a.name < b.name === newestFirst ? 1 : -1));
    return { epoch: dashboard.epoch, version: documents.version, documents: ordered.slice(0, limit) };
  }

  async write(
    name: string,
    { epoch, version }: DocumentVersion,
    { put = [], remove = [] }: DocumentChanges,
  ): Promise<DocumentVersion | undefined> {
    const { dashboard, documents } = this.get(name);
    if (dashboard.epoch !== epoch || documents.version !== version) return undefined;
    for (const removed of remove) documents.byName.delete(removed);
    for (const document of put) documents.byName.set(document.name, document);
    documents.version += 1;
    return { epoch, version: documents.version };
  }
}
