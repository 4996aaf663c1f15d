/**
 * The documents of the rules of one dashboard, in memory. Every change names the version that it starts from, so that
 * nothing is written from a state that another instance, or a route, has replaced.
 */
import type {
  DocumentChanges,
  DocumentRange,
  DocumentStore,
  DocumentVersion,
  StoredDocument,
} from '../../store/document-store.js';
import { RULE_FOLDER, toPrefixRange } from '../../store/document-store.js';
import { MAX_RULES } from '../rule.js';
import {
  CURSOR_DOCUMENT,
  decodeRule,
  decodeState,
  LEASE_DOCUMENT,
  STATE_FOLDER,
  type StoredCursor,
  type StoredRule,
} from '../rule-documents.js';

/** Somebody else has changed the documents: load them again. */
export class BookChangedError extends Error {}

export class RuleBook {
  readonly rules: Map<string, StoredRule>;
  readonly cursor: StoredCursor | undefined;
  /** Text of the lease. */
  readonly lease: string | undefined;
  #version: DocumentVersion;

  private constructor(
    private readonly documents: DocumentStore,
    readonly dashboard: string,
    version: DocumentVersion,
    parts: readonly [
      heads: readonly StoredDocument[],
      rules: readonly StoredDocument[],
      states: readonly StoredDocument[],
    ],
  ) {
    const [heads, rules, states] = parts;
    this.#version = version;
    this.rules = new Map(decodeRules(rules, states).map((rule) => [rule.name, rule]));
    const cursor = heads.find(({ name }) => name === CURSOR_DOCUMENT);
    this.cursor = cursor && (JSON.parse(cursor.text) as StoredCursor);
    this.lease = heads.find(({ name }) => name === LEASE_DOCUMENT)?.text;
  }

  /** Reads rules by name, and their states from a moment later: deliveries change these all the time. */
  static async readRules(documents: DocumentStore, dashboard: string): Promise<readonly StoredRule[]> {
    const rules = await documents.read(dashboard, { ...toPrefixRange(RULE_FOLDER), limit: MAX_RULES });
    const states = await documents.read(dashboard, { ...toPrefixRange(STATE_FOLDER), limit: MAX_RULES });
    return decodeRules(rules.documents, states.documents);
  }

  /** Reads the lease alone. @returns its text; undefined if nobody has it */
  static async readLease(documents: DocumentStore, dashboard: string): Promise<string | undefined> {
    const range = { from: LEASE_DOCUMENT, to: `${LEASE_DOCUMENT}/`, limit: 1 };
    return (await documents.read(dashboard, range)).documents[0]?.text;
  }

  /**
   * Reads rules and their states, from one moment. Does not end while somebody else keeps writing.
   * @throws TallyError as `DocumentStore.read`
   */
  static async load(documents: DocumentStore, dashboard: string): Promise<RuleBook> {
    const read = (range: Omit<DocumentRange, 'limit'>) => documents.read(dashboard, { ...range, limit: MAX_RULES });
    for (;;) {
      const pages = [
        await read({ from: CURSOR_DOCUMENT, to: `${CURSOR_DOCUMENT}/` }),
        await read({ from: LEASE_DOCUMENT, to: `${LEASE_DOCUMENT}/` }),
        await read(toPrefixRange(RULE_FOLDER)),
        await read(toPrefixRange(STATE_FOLDER)),
      ] as const;
      const [cursor, lease, rules, states] = pages;
      const isOneMoment = pages.every(({ epoch, version }) => epoch === states.epoch && version === states.version);
      if (!isOneMoment) continue;
      const { epoch, version } = states;
      const heads = [...cursor.documents, ...lease.documents];
      return new RuleBook(documents, dashboard, { epoch, version }, [heads, rules.documents, states.documents]);
    }
  }

  get epoch(): string {
    return this.#version.epoch;
  }

  get version(): number {
    return this.#version.version;
  }

  /**
   * Writes changes that start from this book.
   * @throws BookChangedError if it is not the present one any more; TallyError as `DocumentStore.write`
   */
  async write(changes: DocumentChanges): Promise<void> {
    const next = await this.documents.write(this.dashboard, this.#version, changes);
    if (!next) throw new BookChangedError(`the rules of ${this.dashboard} have changed`);
    this.#version = next;
  }
}

function decodeRules(rules: readonly StoredDocument[], states: readonly StoredDocument[]): StoredRule[] {
  const stateByName = new Map(states.map((state) => [state.name.slice(STATE_FOLDER.length), decodeState(state)]));
  return rules.map((rule) => decodeRule(rule, stateByName.get(rule.name.slice(RULE_FOLDER.length))));
}
