/**
 * Registry of all viewers, WebSocket and SSE. It connects each to its feed, dispatches broadcasts and checks liveness.
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../config/config.js';
import type { Outcome } from '../../counters/counters.js';
import { TallyError } from '../../counters/errors.js';
import { events } from '../../telemetry/events.js';
import { DashboardService } from '../dashboard.service.js';
import type { DashboardState } from '../state/dashboard-state.js';
import type { Removal } from '../state/state-cache.js';
import { ViewerAdmission, type WatchGrant } from './viewer-admission.js';
import type { Feed } from './feed.js';
import { CLOSE_CODES } from '../../protocol/close-codes.js';
import { Clock } from '../../clock/clock.js';
import { LivenessClock } from '../../clock/liveness-clock.js';
import { Room } from './room.js';
import { forEachYielding } from './yielding-loop.js';
import { ViewerRounds } from './viewer-rounds.js';
import { type HeartbeatPace, type LivenessTimeouts, TrafficStats, type Viewer } from './viewer.js';

/**
 * Longest time between two checks of a viewer, milliseconds. It is a quarter of the ping interval or of the pong
 * timeout, or an eighth of the time between heartbeats, if that is less.
 */
const VIEWER_CHECK_INTERVAL_MS = 1_000;

/** Time after which changes of other instances have arrived, milliseconds. */
const SETTLE_MS = 2_000;

@Injectable()
export class ViewerHub implements OnModuleInit, BeforeApplicationShutdown {
  readonly #rooms = new Map<string, Room>();
  readonly #viewers = new Map<Viewer, Feed>();
  readonly traffic = new TrafficStats();
  readonly #livenessClock: LivenessClock;
  readonly #rounds: ViewerRounds<Viewer>;
  readonly #timeouts: LivenessTimeouts;
  readonly #heartbeatPace: HeartbeatPace;
  /** Time of day at the start of the round, milliseconds since the Unix epoch. */
  #roundStartMs = 0;

  constructor(
    private readonly config: Config,
    private readonly dashboards: DashboardService,
    private readonly admission: ViewerAdmission,
    private readonly clock: Clock,
  ) {
    const { HEARTBEAT_MS, PING_INTERVAL_MS, PONG_TIMEOUT_MS } = config;
    const checkIntervalMs = Math.min(
      VIEWER_CHECK_INTERVAL_MS,
      PING_INTERVAL_MS / 4,
      PONG_TIMEOUT_MS / 4,
      HEARTBEAT_MS / 8,
    );
    this.#livenessClock = new LivenessClock(2 * checkIntervalMs);
    // The check interval is subtracted, so that no viewer outlasts a timeout.
    const pingAfterMs = PING_INTERVAL_MS - checkIntervalMs;
    this.#timeouts = { pingAfterMs, closeAfterMs: pingAfterMs + PONG_TIMEOUT_MS };
    const maxTicks = Math.floor(HEARTBEAT_MS / checkIntervalMs) - 1;
    this.#heartbeatPace = { maxTicks, spreadTicks: Math.floor(maxTicks / 4) };
    this.#rounds = new ViewerRounds(
      this.#viewers,
      checkIntervalMs,
      () => this.#beginRound(),
      (viewer) => this.#checkViewer(viewer),
    );
  }

  onModuleInit(): void {
    this.#rounds.start();
  }

  /** Connects an admitted viewer to its feed. It is sent its first frame at once. */
  connect<V extends Viewer>(
    { state, view, expiresAtMs, network }: WatchGrant,
    request: IncomingMessage,
    createViewer: (feed: Feed, clock: LivenessClock) => V,
  ): V {
    const feed = this.#getRoom(state).getFeed(view);
    const viewer = createViewer(feed, this.#livenessClock);
    if (expiresAtMs !== undefined) viewer.expiresAtMs = expiresAtMs;
    this.#viewers.set(viewer, feed);
    viewer.network = this.admission.register(network);
    if (events.viewerConnected.hasSubscribers) events.viewerConnected.publish({ ...toViewerEvent(viewer), request });
    feed.add(viewer);
    return viewer;
  }

  /**
   * Removes a viewer whose connection has ended.
   * @param code close code that the protocol reports
   */
  disconnect(viewer: Viewer, code?: number, reason?: Buffer): void {
    const feed = this.#viewers.get(viewer);
    this.#viewers.delete(viewer);
    if (viewer.network) this.admission.unregister(viewer.network);
    if (events.viewerDisconnected.hasSubscribers) {
      // If the peer does not answer a close frame, `ws` reports 1006 instead of the code that was sent.
      const { closeReason } = viewer;
      events.viewerDisconnected.publish({
        ...toViewerEvent(viewer),
        code: closeReason?.code ?? code,
        reason: closeReason?.reason ?? reason?.toString() ?? '',
      });
    }
    feed?.delete(viewer);
    if (feed?.viewers.size === 0) this.#closeFeed(feed);
  }

  broadcast(outcome: Outcome): void {
    this.#rooms.get(outcome.dashboard)?.markChanged(outcome);
  }

  /** Closes viewers that have nothing left to show with 4404; sends the others a snapshot. */
  broadcastRemoval({ dashboard, counter }: Removal): void {
    const room = this.#rooms.get(dashboard);
    if (room) this.#closeFeeds(counter === undefined ? [...room.feeds.values()] : room.markRemoved(counter));
  }

  /**
   * Sends a snapshot to the viewers of a state of another epoch; closes those that have nothing left to show with 4404.
   */
  broadcastReset({ dashboard }: DashboardState): void {
    this.#closeFeeds(this.#rooms.get(dashboard)?.markReset() ?? []);
  }

  /**
   * Tells viewers of a new definition. Reads the periods that they watch anew first if the dashboard divides time in
   * another way.
   */
  async broadcastDefinition(state: DashboardState): Promise<void> {
    const room = this.#rooms.get(state.dashboard);
    if (room?.state !== state) return;
    await this.#openPeriods(room, false);
    this.#closeFeeds(room.markRedefined());
  }

  /** Reads the periods that viewers watch anew, after the state was read anew. */
  async broadcastReload(state: DashboardState): Promise<void> {
    const room = this.#rooms.get(state.dashboard);
    if (room?.state === state && (await this.#openPeriods(room, true))) room.markPeriodsReloaded();
  }

  broadcastStaleness({ dashboard }: DashboardState): void {
    this.#rooms.get(dashboard)?.updateStatus();
  }

  /**
   * Asks every viewer to reconnect, each after a random time within `DRAIN_MS`, and closes it. Resolves when all have
   * disconnected; a viewer that does not is cut off after `CLOSE_TIMEOUT_MS`.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.#rounds.stop();
    const { DRAIN_MS } = this.config;
    await forEachYielding(this.#viewers.keys(), (viewer) =>
      viewer.requestReconnect(Math.round(Math.random() * DRAIN_MS)),
    );
    while (this.#viewers.size > 0) await setTimeout(10);
  }

  /** @returns false if the store could not be read. What the periods start from is kept then. */
  async #openPeriods({ state, periods }: Room, isReloaded: boolean): Promise<boolean> {
    try {
      await this.dashboards.openPeriods(state, periods, isReloaded);
      return true;
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      return false;
    }
  }

  /**
   * Begins periods that have come. In a shared store, changes of other instances that are dated before the start may
   * still arrive, several in one: what the periods start from is read from the store soon after.
   */
  #rollOver(room: Room, nowMs: number): void {
    if (!room.rollOver(nowMs) || !this.dashboards.isShared) return;
    void setTimeout(SETTLE_MS, undefined, { ref: false }).then(() => this.broadcastReload(room.state));
  }

  #getRoom(state: DashboardState): Room {
    const existing = this.#rooms.get(state.dashboard);
    if (existing?.state === state) return existing;
    // A new dashboard has the same name. The viewers of the old one would never receive a frame.
    if (existing) this.broadcastRemoval({ dashboard: state.dashboard });
    const { BROADCAST_MIN_MS: minMs, BROADCAST_MAX_MS: maxMs, HEARTBEAT_MS: heartbeatMs } = this.config;
    const room = new Room(state, { minMs, maxMs, heartbeatMs }, this.traffic);
    this.#rooms.set(state.dashboard, room);
    return room;
  }

  #closeFeed(feed: Feed): void {
    const room = this.#rooms.get(feed.dashboard);
    // The room has been replaced. Its feeds are closed already; their viewers disconnect later.
    if (room?.state !== feed.state) return;
    room.delete(feed);
    if (room.feeds.size === 0) this.#rooms.delete(feed.dashboard);
  }

  #closeFeeds(feeds: readonly Feed[]): void {
    for (const feed of feeds) {
      this.#closeFeed(feed);
      void forEachYielding(feed.viewers, (viewer) => viewer.close(CLOSE_CODES.gone));
    }
  }

  #beginRound(): void {
    this.dashboards.releaseUnwatched((dashboard) => this.#rooms.has(dashboard));
    this.#livenessClock.tick();
    const now = this.clock.now();
    for (const room of this.#rooms.values()) this.#rollOver(room, now);
    this.#roundStartMs = now;
  }

  #checkViewer(viewer: Viewer): void {
    if (viewer.expiresAtMs <= this.#roundStartMs) viewer.close(CLOSE_CODES.tokenInvalid);
    viewer.checkLiveness(this.#timeouts);
    viewer.checkHeartbeat(this.#heartbeatPace);
  }
}

function toViewerEvent(viewer: Viewer): { viewer: Viewer; dashboard: string; kind: string } {
  return { viewer, dashboard: viewer.source.dashboard, kind: viewer.kind };
}
