/** Every viewer to the feed that it asked for, every change to the feeds that show it: the one place that viewers enter and leave. */
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Subscription } from 'rxjs';
import { Config } from '../../config/config.js';
import { told } from '../../telemetry/events.js';
import { DashboardService } from '../dashboard.service.js';
import type { LivingState } from '../state/dashboard-state.js';
import type { Removed } from '../state/state-cache.js';
import { Doorkeeper, type Watch } from './viewer-admission.js';
import type { Feed } from './feed.js';
import { CLOSE_CODES } from '../../protocol/live-messages.js';
import { Room } from './room.js';
import { visitInSlices } from './yielding-loop.js';
import { Traffic, type Viewer } from './viewer.js';

/** How often viewers are looked at, milliseconds; more often when pings are set to be quicker. */
const CHECK_MS = 1_000;

@Injectable()
export class Feeds implements OnModuleInit, BeforeApplicationShutdown {
  /** The dashboards that somebody watches. */
  readonly #rooms = new Map<string, Room>();
  /** Viewers, each with the feed that it watches. */
  readonly #viewers = new Map<Viewer, Feed>();
  /** What is written to all of them. */
  readonly traffic = new Traffic();
  readonly #checkMs: number;
  readonly #subscriptions = new Subscription();
  #checks: NodeJS.Timeout | undefined;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(DashboardService) private readonly dashboards: DashboardService,
    @Inject(Doorkeeper) private readonly doorkeeper: Doorkeeper,
  ) {
    this.#checkMs = Math.min(CHECK_MS, config.PING_INTERVAL_MS / 4, config.PONG_TIMEOUT_MS / 4);
  }

  onModuleInit(): void {
    const { changed$, removed$, reset$, behind$ } = this.dashboards;
    this.#subscriptions.add(changed$.subscribe((outcome) => this.#rooms.get(outcome.dashboard)?.note(outcome)));
    this.#subscriptions.add(removed$.subscribe((removed) => this.#remove(removed)));
    this.#subscriptions.add(reset$.subscribe(({ dashboard }) => this.#reset(dashboard)));
    this.#subscriptions.add(behind$.subscribe(({ dashboard }) => this.#rooms.get(dashboard)?.noteStatus()));
    this.#checks = setInterval(() => this.#check(), this.#checkMs);
  }

  /** Takes in a viewer that the doorkeeper has admitted, with the request that it came with. It gets its first frame at once. */
  enter<V extends Viewer>(
    { state, only, untilMs, network }: Watch,
    request: IncomingMessage,
    viewerOf: (feed: Feed) => V,
  ): V {
    const feed = this.#roomOf(state).feedOf(only);
    const viewer = viewerOf(feed);
    if (untilMs !== undefined) viewer.untilMs = untilMs;
    this.#viewers.set(viewer, feed);
    viewer.place = this.doorkeeper.entered(network);
    if (told.viewerEntered.isHeard) told.viewerEntered.tell({ ...noteOf(viewer), request });
    feed.add(viewer);
    return viewer;
  }

  /**
   * A viewer's connection is gone.
   * @param code what it was closed with, by the protocol, and the reason
   */
  leave(viewer: Viewer, code?: number, reason?: Buffer): void {
    const feed = this.#viewers.get(viewer);
    this.#viewers.delete(viewer);
    if (viewer.place) this.doorkeeper.left(viewer.place);
    if (told.viewerLeft.isHeard) {
      // Who gets no answer to a close frame is cut, and the protocol knows only that (1006).
      const ours = viewer.closedWith;
      told.viewerLeft.tell({
        ...noteOf(viewer),
        code: ours?.code ?? code,
        reason: ours?.reason ?? reason?.toString() ?? '',
      });
    }
    feed?.delete(viewer);
    if (feed?.viewers.size === 0) this.#close(feed);
  }

  /** Viewers are told when to come back, each at a time of its own, and closed; those that do not go are cut. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#checks);
    this.#subscriptions.unsubscribe();
    const { DRAIN_MS } = this.config;
    await visitInSlices(this.#viewers.keys(), (viewer) => viewer.restart(Math.round(Math.random() * DRAIN_MS)));
    while (this.#viewers.size > 0) await setTimeout(10);
  }

  #roomOf(state: LivingState): Room {
    const known = this.#rooms.get(state.dashboard);
    if (known?.state === state) return known;
    // Another epoch of the same name: those who watch the old one would wait for ever.
    if (known) this.#remove({ dashboard: state.dashboard });
    const { BROADCAST_MIN_MS: minMs, BROADCAST_MAX_MS: maxMs, HEARTBEAT_MS: heartbeatMs } = this.config;
    const room = new Room(state, { minMs, maxMs, heartbeatMs }, this.traffic);
    this.#rooms.set(state.dashboard, room);
    return room;
  }

  #close(feed: Feed): void {
    const room = this.#rooms.get(feed.dashboard);
    // Viewers of a room that was replaced leave later: their feeds were closed with it.
    if (room?.state !== feed.state) return;
    room.delete(feed);
    if (room.feeds.size === 0) this.#rooms.delete(feed.dashboard);
  }

  /** Those who see nothing any more are sent away; the others get a snapshot without what is gone. */
  #remove({ dashboard, counter }: Removed): void {
    const room = this.#rooms.get(dashboard);
    if (room) this.#dismiss(counter === undefined ? [...room.feeds.values()] : room.noteRemoved(counter));
  }

  /** All get a snapshot of what there is now, but those who watch nothing of it. */
  #reset(dashboard: string): void {
    this.#dismiss(this.#rooms.get(dashboard)?.noteReset() ?? []);
  }

  #dismiss(feeds: readonly Feed[]): void {
    for (const feed of feeds) {
      this.#close(feed);
      void visitInSlices(feed.viewers, (viewer) => viewer.close(CLOSE_CODES.gone));
    }
  }

  /** A check's delay is taken off the times, so that nobody lasts longer than they say. */
  #check(): void {
    this.dashboards.keep((dashboard) => this.#rooms.has(dashboard));
    const nowMs = performance.now();
    const pingAfterMs = this.config.PING_INTERVAL_MS - this.#checkMs;
    const patience = { pingAfterMs, goneAfterMs: pingAfterMs + this.config.PONG_TIMEOUT_MS };
    const now = Date.now();
    for (const viewer of this.#viewers.keys()) {
      if (viewer.untilMs <= now) viewer.close(CLOSE_CODES.tokenInvalid);
      viewer.check(nowMs, patience);
    }
  }
}

function noteOf(viewer: Viewer): { viewer: Viewer; dashboard: string; kind: string } {
  return { viewer, dashboard: viewer.source.dashboard, kind: viewer.kind };
}
