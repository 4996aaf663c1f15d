/**
 * The WebSocket gateway. It connects viewers and broadcasts every change to all viewers, SSE included, through
 * `ViewerHub`.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type OnGatewayConnection, WebSocketGateway } from '@nestjs/websockets';
import { Subscription } from 'rxjs';
import type { WebSocket } from 'ws';
import { DashboardService } from '../dashboard.service.js';
import type { WatchGrant } from './viewer-admission.js';
import { ViewerHub } from './viewer-hub.js';
import { type ViewerSocket, WebSocketViewer } from './websocket-viewer.js';

/** The adapter passes this with each WebSocket that it has accepted. */
export interface AcceptedUpgrade {
  readonly grant: WatchGrant;
  readonly request: IncomingMessage;
  readonly socket: Socket;
}

@WebSocketGateway()
export class DashboardGateway implements OnModuleInit, OnGatewayConnection, BeforeApplicationShutdown {
  readonly #subscriptions = new Subscription();
  /** One function for all viewers: a closure for each would cost memory per viewer. */
  readonly #onClose: (this: WebSocket, code: number, reason: Buffer) => void;

  constructor(
    private readonly dashboards: DashboardService,
    private readonly hub: ViewerHub,
  ) {
    this.#onClose = function onClose(code, reason): void {
      const { viewer } = this as ViewerSocket;
      if (viewer) hub.disconnect(viewer, code, reason);
    };
  }

  onModuleInit(): void {
    const { changed$, removed$, reset$, redefined$, reloaded$, staleness$ } = this.dashboards;
    this.#subscriptions.add(changed$.subscribe((outcome) => this.hub.broadcast(outcome)));
    this.#subscriptions.add(removed$.subscribe((removal) => this.hub.broadcastRemoval(removal)));
    this.#subscriptions.add(reset$.subscribe((state) => this.hub.broadcastReset(state)));
    this.#subscriptions.add(redefined$.subscribe((state) => void this.hub.broadcastDefinition(state)));
    this.#subscriptions.add(reloaded$.subscribe((state) => void this.hub.broadcastReload(state)));
    this.#subscriptions.add(staleness$.subscribe((state) => this.hub.broadcastStaleness(state)));
  }

  handleConnection(webSocket: ViewerSocket, { grant, request, socket }: AcceptedUpgrade): void {
    webSocket.on('close', this.#onClose);
    this.hub.connect(
      grant,
      request,
      (feed, clock) => new WebSocketViewer(feed, grant.includeTotals, socket, webSocket, clock),
    );
  }

  beforeApplicationShutdown(): void {
    this.#subscriptions.unsubscribe();
  }
}
