/** The WebSocket gateway: every viewer to the feed of its dashboard, every change to the feed that shows it. */
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, type OnModuleInit } from '@nestjs/common';
import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import type { Subscription } from 'rxjs';
import type { WebSocket } from 'ws';
import { Config } from '../../config.js';
import { DashboardService } from '../dashboard.service.js';
import { Doorkeeper } from './doorkeeper.js';
import { Feed } from './feed.js';
import { SUBPROTOCOL } from './protocol.js';
import { visitInSlices } from './slices.js';
import { type LiveSocket, Viewer } from './viewer.js';

/** How often viewers are looked at, milliseconds; more often when pings are set to be quicker. */
const CHECK_MS = 1_000;

/** What the adapter hands over with each WebSocket. */
export interface Connection {
  readonly dashboard: string;
  readonly socket: Socket;
}

@WebSocketGateway()
export class DashboardGateway implements OnGatewayConnection, OnModuleInit, BeforeApplicationShutdown {
  /** The feeds of the dashboards that somebody watches. */
  readonly #feeds = new Map<string, Feed>();
  readonly #checkMs: number;
  #changes: Subscription | undefined;
  #checks: NodeJS.Timeout | undefined;
  /** One listener for all viewers. */
  readonly #onClose: (this: WebSocket) => void;

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(DashboardService) private readonly dashboards: DashboardService,
    @Inject(Doorkeeper) private readonly doorkeeper: Doorkeeper,
  ) {
    this.#checkMs = Math.min(CHECK_MS, config.PING_INTERVAL_MS / 4, config.PONG_TIMEOUT_MS / 4);
    const leave = (viewer: Viewer | undefined): void => viewer && this.#leave(viewer);
    this.#onClose = function onClose(): void {
      leave((this as LiveSocket).viewer);
    };
  }

  onModuleInit(): void {
    this.#changes = this.dashboards.changed$.subscribe((outcome) => this.#feeds.get(outcome.dashboard)?.note(outcome));
    this.#checks = setInterval(() => this.#check(), this.#checkMs);
  }

  /** A connection has become a WebSocket: from here on it watches. */
  handleConnection(live: LiveSocket, { dashboard, socket }: Connection): void {
    const feed = this.#feedOf(dashboard);
    const kind = live.protocol === SUBPROTOCOL ? 'v1' : 'bare';
    const viewer = new Viewer(kind, socket, live, feed, performance.now());
    live.on('close', this.#onClose);
    this.doorkeeper.entered();
    feed.add(viewer);
  }

  /** Viewers are told when to come back, each at a time of its own, and closed; `ws` cuts those that do not answer. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#checks);
    this.#changes?.unsubscribe();
    const { DRAIN_MS } = this.config;
    for (const { viewers } of this.#feeds.values()) {
      await visitInSlices(viewers, (viewer) => viewer.restart(Math.round(Math.random() * DRAIN_MS)));
    }
    while (this.#feeds.size > 0) await setTimeout(10);
  }

  #feedOf(dashboard: string): Feed {
    let feed = this.#feeds.get(dashboard);
    if (!feed) {
      const { BROADCAST_MIN_MS: minMs, BROADCAST_MAX_MS: maxMs, HEARTBEAT_MS: heartbeatMs } = this.config;
      feed = new Feed(this.dashboards.current(dashboard), { minMs, maxMs, heartbeatMs });
      this.#feeds.set(dashboard, feed);
    }
    return feed;
  }

  #leave(viewer: Viewer): void {
    const { feed } = viewer;
    this.doorkeeper.left();
    feed.delete(viewer);
    if (feed.viewers.size > 0) return;
    feed.close();
    this.#feeds.delete(feed.state.dashboard);
  }

  /** A check's delay is taken off the times, so that nobody lasts longer than they say. */
  #check(): void {
    const nowMs = performance.now();
    const pingAfterMs = this.config.PING_INTERVAL_MS - this.#checkMs;
    const goneAfterMs = pingAfterMs + this.config.PONG_TIMEOUT_MS;
    for (const { viewers } of this.#feeds.values()) {
      for (const viewer of viewers) viewer.check(nowMs, pingAfterMs, goneAfterMs);
    }
  }
}
