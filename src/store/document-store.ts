/**
 * Port for the documents of a dashboard: small texts that are kept beside its numbers and change together. Rules, their
 * state and their deliveries are documents. `contract/documents.contract.ts` tests every implementation.
 */

/** Names are compared byte by byte, so their order is the same in every store. */
export const DOCUMENT_NAME_PATTERN = /^[a-z0-9_/-]{1,200}$/;

/** Folder of the documents that are exported with a dashboard, without their secrets: its rules. */
export const RULE_FOLDER = 'rule/';

/** Identifies a state of all documents of a dashboard. Versions of different epochs of the dashboard do not compare. */
export interface DocumentVersion {
  /** Epoch of the dashboard. */
  readonly epoch: string;
  /** Number of writes; 0 before the first one. */
  readonly version: number;
}

export interface StoredDocument {
  /** Matches {@link DOCUMENT_NAME_PATTERN}. */
  readonly name: string;
  /** One line of text, JSON as a rule. */
  readonly text: string;
  /** One line that is never exported. */
  readonly secret?: string;
}

/** Documents with `from <= name < to`. */
export interface DocumentRange {
  readonly from: string;
  readonly to: string;
  /** Most documents to return. */
  readonly limit: number;
  /** True to start with the last name. */
  readonly newestFirst?: boolean;
}

export interface DocumentPage extends DocumentVersion {
  /** In the order of their names. */
  readonly documents: readonly StoredDocument[];
}

/** Changes that belong together. */
export interface DocumentChanges {
  /** Documents to add or to replace. */
  readonly put?: readonly StoredDocument[];
  /** Names of documents to delete. Unknown ones are ignored. */
  readonly remove?: readonly string[];
}

export abstract class DocumentStore {
  /** Lists the dashboards that have documents, in no particular order. @throws TallyError `store-unavailable` */
  abstract listDashboards(): Promise<readonly string[]>;

  /**
   * Reads a range of documents and their version, from one moment of the store.
   * @throws TallyError `unknown-dashboard`, `store-unavailable`
   */
  abstract read(dashboard: string, range: DocumentRange): Promise<DocumentPage>;

  /**
   * Changes documents in one atomic step. Durable when it resolves. The removal of the dashboard removes its documents.
   * @param expected version that the documents must have
   * @returns the new version; undefined if they have another one by now, or the dashboard another epoch: nothing is
   *   written then. After `store-unavailable` the changes may have been written: read the version to find out
   * @throws TallyError `unknown-dashboard`, `store-unavailable`, `overloaded`
   */
  abstract write(
    dashboard: string,
    expected: DocumentVersion,
    changes: DocumentChanges,
  ): Promise<DocumentVersion | undefined>;
}

/** Returns the range of all names that begin with a prefix. */
export function toPrefixRange(prefix: string): Pick<DocumentRange, 'from' | 'to'> {
  const last = prefix.length - 1;
  return { from: prefix, to: prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1) };
}
