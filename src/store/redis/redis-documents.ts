/**
 * Documents in Redis: of each dashboard a hash from names to values, a sorted set of the names, and one sorted set of
 * the dashboards that have, or had, documents.
 */
import { createTallyError, createUnknownDashboardRefusal } from '../in-process/decide.js';
import {
  type DocumentChanges,
  type DocumentPage,
  type DocumentRange,
  DocumentStore,
  type DocumentVersion,
  type StoredDocument,
} from '../document-store.js';
import type { RedisConnection } from './connection.js';
import type { RedisKeys } from './keys.js';
import { DROP_DOCUMENTS_SCRIPT, READ_DOCUMENTS_SCRIPT, WRITE_DOCUMENTS_SCRIPT } from './lua-scripts.js';

interface DocumentHooks {
  /** Runs an operation with the timeout of the store, and turns its errors into TallyErrors. */
  readonly call: <T>(operation: () => Promise<T>) => Promise<T>;
  /** Waits until replicas or disks have what was written to the dashboard, where that is required. */
  readonly confirm: (dashboard: string) => Promise<void>;
}

export class RedisDocuments extends DocumentStore {
  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
    private readonly hooks: DocumentHooks,
  ) {
    super();
  }

  /** May include dashboards that have been removed. */
  listDashboards(): Promise<readonly string[]> {
    return this.hooks.call(() => this.connection.reads.zrange(this.keys.documentedKey, '0', '-1'));
  }

  read(dashboard: string, { from, to, limit, newestFirst = false }: DocumentRange): Promise<DocumentPage> {
    const range = newestFirst ? ['ZREVRANGEBYLEX', `(${to}`, `[${from}`] : ['ZRANGEBYLEX', `[${from}`, `(${to}`];
    return this.hooks.call(async () => {
      const reply = await this.#eval(READ_DOCUMENTS_SCRIPT, dashboard, [...range, String(limit)]);
      const [epoch, version, ...fields] = reply as string[];
      if (epoch === undefined) throw createTallyError(createUnknownDashboardRefusal(dashboard));
      return { epoch, version: Number(version), documents: decodeFields(fields) };
    });
  }

  write(
    dashboard: string,
    { epoch, version }: DocumentVersion,
    { put = [], remove = [] }: DocumentChanges,
  ): Promise<DocumentVersion | undefined> {
    const fields = put.flatMap(({ name, text, secret }) => [name, secret === undefined ? text : `${text}\n${secret}`]);
    return this.hooks.call(async () => {
      // Before the first document, so that no dashboard with documents is missing.
      if (version === 0) await this.connection.commands.zadd(this.keys.documentedKey, 0, dashboard);
      const args = [epoch, String(version), String(put.length), ...fields, ...remove];
      const reply = String(await this.#eval(WRITE_DOCUMENTS_SCRIPT, dashboard, args));
      if (reply === 'unknown') throw createTallyError(createUnknownDashboardRefusal(dashboard));
      if (reply === 'moved') return undefined;
      await this.hooks.confirm(dashboard);
      return { epoch, version: Number(reply) };
    });
  }

  /** Deletes what a removed dashboard has left. Not before it is removed. */
  async drop(dashboard: string): Promise<void> {
    await this.#eval(DROP_DOCUMENTS_SCRIPT, dashboard, []);
  }

  #eval(script: string, dashboard: string, args: readonly string[]): Promise<unknown> {
    const { keys } = this;
    const names = [keys.toDashboardKey(dashboard), keys.toDocumentsKey(dashboard), keys.toDocumentNamesKey(dashboard)];
    return this.connection.commands.eval(script, names.length, ...names, ...args);
  }
}

/** A value is the text, or text and secret in two lines. */
function decodeFields(fields: readonly string[]): StoredDocument[] {
  const documents: StoredDocument[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const [name = '', value = ''] = fields.slice(index, index + 2);
    const end = value.indexOf('\n');
    documents.push(end < 0 ? { name, text: value } : { name, text: value.slice(0, end), secret: value.slice(end + 1) });
  }
  return documents;
}
