/**
 * The store of a relay: another service, the upstream. Changes are passed on to it in the name of their callers, and
 * states are read and watched in the name of the relay.
 *
 * A relay answers only what it has to know by itself. Requests for everything else, such as definitions, history,
 * ledger and rules, are passed on as they come (`src/relay`), so the port does not have them here.
 */
import { Subject } from 'rxjs';
import type { ServerProblem } from '../../client/errors.js';
import type { ChangeSet, Dashboard } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { type DocumentPage, DocumentStore, type DocumentVersion } from '../document-store.js';
import type { Durability } from '../durability.js';
import type { StoreIntegrity } from '../integrity.js';
import type { LedgerMatches, LedgerSearch } from '../ledger-search.js';
import type { PastBounds } from '../past-bounds.js';
import type { BookedPast } from '../past.port.js';
import type { DashboardSummary, StoreEvent } from '../store-events.js';
import { CounterStore, type DefinedDashboard, type RowRange, type Series } from '../store.js';
import { ChangeQueue } from './change-queue.js';
import { DashboardReader } from './dashboard-reader.js';
import { LedgerReader } from './ledger-reader.js';
import { createPingingWebSocket } from './pinging-websocket.js';
import { getCaller } from './relayed-caller.js';
import {
  createTokenError,
  createUnreachableError,
  NOT_TALLYBOARD,
  Upstream,
  type UpstreamOptions,
} from './upstream.js';
import { UpstreamWatchdog } from './upstream-watchdog.js';
import type { Applied } from './waiting-change.js';
import { WatchedDashboard } from './watched-dashboard.js';

const PING_TIMEOUT_MS = 3_000;
/** Most callers whose changes go as streams, since each takes a connection. Those of more go with requests. */
const MAX_STREAMS = 64;
/** Status codes of a token that is missing, unknown or expired, and of one that was sent too often. */
const TOKEN_REFUSALS = new Set([401, 429]);

export interface UpstreamStoreOptions extends UpstreamOptions {
  /** Change sets that may wait for the upstream; `apply` fails with `overloaded` beyond it. */
  readonly maxPending: number;
  /** Time that a change may wait for its answer, milliseconds. */
  readonly timeoutMs: number;
}

/** A relay runs no rules. */
class ForwardedDocuments extends DocumentStore {
  async listDashboards(): Promise<readonly string[]> {
    return [];
  }

  async read(): Promise<DocumentPage> {
    throw createForwardedError('documents');
  }

  async write(): Promise<DocumentVersion> {
    throw createForwardedError('documents');
  }
}

/** The parts of the health of the upstream that are shown as those of the relay. */
interface StoreDetails {
  readonly durability: Durability;
  readonly integrity?: StoreIntegrity;
}

export class UpstreamStore extends CounterStore {
  override readonly isShared = true;
  readonly events$ = new Subject<StoreEvent>();
  #details: StoreDetails = {
    durability: { acknowledged: 'where the upstream stores it', survives: 'unknown', warnings: [] },
  };
  readonly documents = new ForwardedDocuments();
  readonly upstream: Upstream;
  readonly #reader: DashboardReader;
  readonly #ledgerReader: LedgerReader;
  readonly #watched = new Map<string, WatchedDashboard>();
  /** Queues with changes, by caller. */
  readonly #queues = new Map<string, ChangeQueue>();
  readonly #watchdog: UpstreamWatchdog;
  #isAvailable = true;
  #pending = 0;
  #isClosed = false;

  constructor(private readonly options: UpstreamStoreOptions) {
    super();
    this.upstream = new Upstream(options);
    this.#reader = new DashboardReader(this.upstream);
    this.#ledgerReader = new LedgerReader(this.upstream);
    this.#watchdog = new UpstreamWatchdog(options.url, () => this.ping());
  }

  /** Does not wait for the upstream: a relay starts without it. */
  async open(): Promise<void> {
    this.#watchdog.check();
  }

  override async apply(changeSet: ChangeSet): Promise<Applied> {
    this.#assertOpen();
    if (this.pending >= this.options.maxPending) {
      throw new TallyError('overloaded', `${this.options.maxPending} changes are waiting for the upstream`);
    }
    this.#pending += 1;
    try {
      return await this.#follow(this.#getQueue().apply(changeSet));
    } finally {
      this.#pending -= 1;
    }
  }

  readDashboard(dashboard: string): Promise<Dashboard> {
    this.#assertOpen();
    return this.#follow(this.#reader.readDashboard(dashboard));
  }

  override async subscribe(name: string): Promise<Dashboard> {
    this.#assertOpen();
    // Says who is in a loop: a watch is opened once for all viewers.
    const present = await this.readDashboard(name);
    if (this.#watched.has(name)) return present;
    const watched = new WatchedDashboard(name, this.upstream, createPingingWebSocket(this.upstream), (event) => {
      if (event.kind === 'removed') this.#watched.delete(name);
      else if (event.kind === 'stale') this.#watchdog.check();
      this.events$.next(event);
    });
    this.#watched.set(name, watched);
    try {
      return await watched.start();
    } catch (error) {
      if (this.#watched.get(name) === watched) this.#watched.delete(name);
      throw error;
    }
  }

  override unsubscribe(name: string): void {
    this.#watched.get(name)?.close();
    this.#watched.delete(name);
  }

  override async listDashboards(after: string, limit: number): Promise<readonly DashboardSummary[]> {
    this.#assertOpen();
    return (await this.#follow(this.#reader.listDashboards())).filter(({ name }) => name > after).slice(0, limit);
  }

  async readAllDashboards(): Promise<readonly Dashboard[]> {
    const summaries = await this.listDashboards('', Infinity);
    return Promise.all(summaries.map(({ name }) => this.readDashboard(name)));
  }

  /** Reads sums of present periods, and of nothing else: see {@link DashboardReader.readSums}. */
  readSums(dashboard: string, counters: readonly string[], ranges: readonly RowRange[]) {
    this.#assertOpen();
    return this.#reader.readSums(dashboard, counters, ranges);
  }

  /** Time that a change, or a read of the present, may wait for its answer, milliseconds. */
  get timeoutMs(): number {
    return this.options.timeoutMs;
  }

  /** Change sets that wait for the upstream. */
  get pending(): number {
    return this.#pending;
  }

  /** Durability of the upstream, as of the last ping. */
  get durability(): Durability {
    return this.#details.durability;
  }

  override get integrity(): StoreIntegrity | undefined {
    return this.#details.integrity;
  }

  get isAvailable(): boolean {
    return this.#isAvailable;
  }

  /** @throws TallyError `store-unavailable` if the upstream is not ready, or does not know the token of the relay */
  async ping(): Promise<void> {
    this.#assertOpen();
    try {
      await this.#checkUpstream();
    } catch (error) {
      this.#isAvailable = false;
      this.#watchdog.onLost(error);
      throw error;
    }
    this.#isAvailable = true;
    this.#watchdog.onFound();
  }

  async #checkUpstream(): Promise<void> {
    const [health, access] = await Promise.all([
      this.#read('/health/ready?verbose'),
      // A token may be limited to other dashboards: that is 403.
      this.#read('/dashboards/main/access', this.upstream.authorization),
    ]);
    const { details } = health.body as { readonly details?: { readonly store?: Partial<StoreDetails> } };
    this.#details = { ...this.#details, ...details?.store };
    if (details?.store === undefined) throw createUnreachableError(new Error(NOT_TALLYBOARD));
    if (health.status !== 200) throw createUnreachableError(new Error(`it is not ready (${health.status})`));
    if (TOKEN_REFUSALS.has(access.status)) {
      throw createTokenError((access.body as Partial<ServerProblem>).detail ?? `it answers ${access.status}`);
    }
  }

  /** Reads JSON; an empty object in place of anything else. */
  async #read(path: string, authorization?: string): Promise<{ readonly status: number; readonly body: object }> {
    const headers = authorization === undefined ? {} : { authorization };
    const { statusCode, body } = await this.upstream.request({
      method: 'GET',
      path,
      headers,
      timeoutMs: PING_TIMEOUT_MS,
    });
    const json = await body.json().catch(() => undefined);
    return { status: statusCode, body: typeof json === 'object' && json !== null ? json : {} };
  }

  /** Waits for the changes that were accepted. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watchdog.close();
    for (const watched of this.#watched.values()) watched.close();
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    await this.upstream.close();
    this.events$.complete();
  }

  async define(): Promise<DefinedDashboard> {
    throw createForwardedError('definitions');
  }

  async remove(): Promise<undefined> {
    throw createForwardedError('deletions');
  }

  async bookPast(): Promise<BookedPast> {
    throw createForwardedError('the past');
  }

  searchLedger(dashboard: string, search: LedgerSearch): Promise<LedgerMatches> {
    this.#assertOpen();
    return this.#ledgerReader.search(dashboard, search);
  }

  async readPoints(): Promise<ReadonlyMap<string, Series>> {
    throw createForwardedError('points');
  }

  /** Reads where the ledger begins, and nothing else. */
  async readPastBounds(
    dashboard: string,
    counters: readonly string[],
    moments: readonly number[],
  ): Promise<PastBounds> {
    this.#assertOpen();
    if (counters.length + moments.length > 0) throw createForwardedError('the past');
    return this.#ledgerReader.readBounds(dashboard);
  }

  /** Notes whether the upstream answers. */
  async #follow<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await answer;
      this.#isAvailable = true;
      return value;
    } catch (error) {
      if (error instanceof TallyError && error.code === 'store-unavailable') {
        this.#isAvailable = false;
        this.#watchdog.check();
      }
      throw error;
    }
  }

  #getQueue(): ChangeQueue {
    const caller = getCaller();
    const id = `${caller.hops} ${caller.authorization ?? ''}`;
    const known = this.#queues.get(id);
    if (known) return known;
    const queue = new ChangeQueue(this.upstream, caller, {
      timeoutMs: this.options.timeoutMs,
      mayStream: () => this.upstream.isParent && this.upstream.openStreams < MAX_STREAMS,
      onIdle: () => this.#queues.delete(id),
    });
    this.#queues.set(id, queue);
    return queue;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new TallyError('store-unavailable', 'the store is closed');
  }
}

function createForwardedError(what: string): Error {
  return new Error(`a relay passes requests for ${what} on: its store has none`);
}
