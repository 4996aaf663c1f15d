/** Registry of the readers of ledgers. It admits and connects them, signals changes, and checks rights and liveness. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { Subscription } from 'rxjs';
import { Clock } from '../../clock/clock.js';
import { LivenessClock } from '../../clock/liveness-clock.js';
import { Config } from '../../config/config.js';
import { TallyError } from '../../counters/errors.js';
import { CLOSE_CODES } from '../../protocol/close-codes.js';
import { CounterStore } from '../../store/store.js';
import { events } from '../../telemetry/events.js';
import { DashboardService } from '../dashboard.service.js';
import { ViewerAdmission } from '../live/viewer-admission.js';
import type { DashboardState } from '../state/dashboard-state.js';
import type { LedgerFilter } from './ledger-chunks.js';
import { assertPlaceKept, isKept, type NamedPlace } from './ledger-place.js';
import { type CloseReason, LedgerSource } from './ledger-source.js';
import { LedgerStream } from './ledger-stream.js';

/** Longest interval between checks of rights, liveness and heartbeats, milliseconds. */
const MAX_CHECK_INTERVAL_MS = 1_000;
/** Entries at the old end of a full ledger that a reader without a place leaves out, where they expire meanwhile. */
const EXPIRY_MARGINS = [0, 0, 0, 1_000, 10_000, 100_000];
const KIND = 'ledger';

/** A stream that was admitted and may start. */
export interface LedgerGrant {
  readonly state: DashboardState;
  /** Revision of the last entry that the reader has. */
  readonly revision: number;
  readonly filter: LedgerFilter;
  readonly expiresAtMs: number | undefined;
  readonly network: string;
}

interface Connection {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

@Injectable()
export class LedgerStreams implements OnModuleInit, BeforeApplicationShutdown {
  readonly #sources = new Map<string, LedgerSource>();
  readonly #streams = new Map<LedgerStream, LedgerSource>();
  readonly #subscriptions = new Subscription();
  readonly #checkIntervalMs: number;
  readonly #livenessClock: LivenessClock;
  #checkTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly dashboards: DashboardService,
    private readonly store: CounterStore,
    private readonly admission: ViewerAdmission,
  ) {
    this.#checkIntervalMs = Math.min(MAX_CHECK_INTERVAL_MS, config.HEARTBEAT_MS / 4);
    this.#livenessClock = new LivenessClock(2 * this.#checkIntervalMs);
  }

  onModuleInit(): void {
    const { changed$, removed$, reset$, redefined$, staleness$ } = this.dashboards;
    const notify = ({ dashboard }: { readonly dashboard: string }): void => this.#sources.get(dashboard)?.notify();
    this.#subscriptions.add(changed$.subscribe(notify));
    this.#subscriptions.add(redefined$.subscribe(notify));
    this.#subscriptions.add(staleness$.subscribe(notify));
    this.#subscriptions.add(reset$.subscribe(({ dashboard }) => this.#endAll(dashboard, CLOSE_CODES.goingAway)));
    this.#subscriptions.add(
      removed$.subscribe(({ dashboard, counter }) => {
        if (counter === undefined) this.#endAll(dashboard, CLOSE_CODES.gone);
        else notify({ dashboard });
      }),
    );
    this.#checkTimer = setInterval(() => this.#check(), this.#checkIntervalMs);
  }

  /**
   * Admits a reader. Call `ViewerAdmission.assertCapacity` once more right before it is connected.
   * @param place the last entry that the reader has; undefined: begin with the oldest that is kept
   * @throws TallyError `ledger-gone` if the place is no longer kept; as `ViewerAdmission.assertCapacity`;
   *   `unknown-dashboard`, `overloaded`, `store-unavailable`
   */
  async admit(
    dashboard: string,
    place: NamedPlace | undefined,
    reader: Omit<LedgerGrant, 'state' | 'revision'>,
  ): Promise<LedgerGrant> {
    this.admission.assertCapacity(reader.network);
    const state = await this.dashboards.watch(dashboard);
    const revision = await (place ? this.#findKeptPlace(state, place) : this.#findOldestPlace(state));
    return { ...reader, state, revision };
  }

  /** Connects an admitted reader. It is sent entries at once. */
  connect({ state, revision, filter, network, expiresAtMs = Infinity }: LedgerGrant, connection: Connection): void {
    const { request, response, socket } = connection;
    const source = this.#getSource(state);
    const clock = this.#livenessClock;
    const reader = { socket, response, filter, clock, expiresAtMs };
    const stream = new LedgerStream(source, { revision }, reader);
    this.#streams.set(stream, source);
    source.streams.add(stream);
    const client = this.admission.register(network);
    const viewer = { viewer: stream, dashboard: state.dashboard, kind: KIND };
    if (events.viewerConnected.hasSubscribers) events.viewerConnected.publish({ ...viewer, request });
    response.once('close', () => {
      stream.onClosed();
      this.#streams.delete(stream);
      this.#removeFrom(source, stream);
      this.admission.unregister(client);
      const { code, reason = '' } = stream.closeReason ?? {};
      if (events.viewerDisconnected.hasSubscribers) events.viewerDisconnected.publish({ ...viewer, code, reason });
    });
    void stream.run();
  }

  /** Asks every reader to reconnect, each after a random time within `DRAIN_MS`, and ends its stream. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#checkTimer);
    this.#subscriptions.unsubscribe();
    for (const stream of this.#streams.keys())
      stream.close(CLOSE_CODES.restarting, Math.round(Math.random() * this.config.DRAIN_MS));
    while (this.#streams.size > 0) await setTimeout(10);
  }

  async #findKeptPlace(state: DashboardState, place: NamedPlace): Promise<number> {
    const { dashboard } = state;
    const { oldestEntry, epoch } = await this.store.readPastBounds(dashboard, [], []);
    // The state of this instance may be behind the one that the client has read from.
    const { revision } = place.revision > state.revision ? await this.dashboards.getLatest(dashboard) : state;
    assertPlaceKept(place, { dashboard, epoch, revision, oldestEntry });
    return place.revision;
  }

  /**
   * Finds the place before the oldest entry. A full ledger expires while it is read: then the reader begins so much
   * later that it keeps ahead.
   */
  async #findOldestPlace(state: DashboardState): Promise<number> {
    for (const margin of EXPIRY_MARGINS) {
      const { oldestEntry } = await this.store.readPastBounds(state.dashboard, [], []);
      const revision = oldestEntry ? Math.min(state.revision, oldestEntry.revision - 1 + margin) : state.revision;
      await this.store.searchLedger(state.dashboard, { after: revision, limit: 1 });
      const bounds = await this.store.readPastBounds(state.dashboard, [], []);
      if (isKept(revision, state.revision, bounds)) return revision;
    }
    throw new TallyError('overloaded', `the ledger of ${state.dashboard} expires faster than it can be read`);
  }

  #getSource(state: DashboardState): LedgerSource {
    const existing = this.#sources.get(state.dashboard);
    if (existing?.state === state && existing.isCurrent) return existing;
    if (existing) this.#endAll(state.dashboard, CLOSE_CODES.gone);
    const source = new LedgerSource(this.store, state, this.dashboards.retain(state.dashboard));
    this.#sources.set(state.dashboard, source);
    return source;
  }

  #removeFrom(source: LedgerSource, stream: LedgerStream): void {
    source.streams.delete(stream);
    if (source.streams.size > 0) return;
    source.close();
    if (this.#sources.get(source.state.dashboard) === source) this.#sources.delete(source.state.dashboard);
  }

  /** Ends the streams of a dashboard that is gone, or has begun another history. */
  #endAll(dashboard: string, code: CloseReason): void {
    const source = this.#sources.get(dashboard);
    if (!source) return;
    this.#sources.delete(dashboard);
    for (const stream of source.streams) stream.close(code);
  }

  #check(): void {
    this.#livenessClock.tick();
    const now = this.clock.now();
    for (const stream of this.#streams.keys()) {
      if (stream.expiresAtMs <= now) stream.close(CLOSE_CODES.tokenInvalid);
      stream.check(this.config.HEARTBEAT_MS - this.#checkIntervalMs);
    }
  }
}
