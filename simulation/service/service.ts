/**
 * The service under simulation: the classes of `src` between the HTTP adapter and the store, wired as the modules of
 * Nest wire them. HTTP itself, sockets and authentication are left out.
 *
 * The store is made by the caller. One that reaches another service by `fetch` and a WebSocket class works here as
 * well: the virtual ones know which process calls them.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Clock } from '../../src/clock/clock.js';
import { Config } from '../../src/config/config.js';
import { NotifyAllow } from '../../src/config/notify-allow.js';
import { DashboardGateway } from '../../src/dashboard/live/dashboard.gateway.js';
import { ViewerAdmission } from '../../src/dashboard/live/viewer-admission.js';
import { ViewerHub } from '../../src/dashboard/live/viewer-hub.js';
import type { ViewerSocket } from '../../src/dashboard/live/websocket-viewer.js';
import { DefinitionService } from '../../src/dashboard/definition.service.js';
import { DashboardService } from '../../src/dashboard/dashboard.service.js';
import { ExclusiveStateCache } from '../../src/dashboard/state/exclusive-state-cache.js';
import { SharedStateCache } from '../../src/dashboard/state/shared-state-cache.js';
import { RulesService } from '../../src/rules/rules.service.js';
import type { CounterStore } from '../../src/store/store.js';
import type { Upstream } from '../../src/store/upstream/upstream.js';
import { UpstreamStore } from '../../src/store/upstream/upstream.store.js';
import type { Answer, Request } from '../network/http.js';
import type { LiveLink } from '../network/live-link.js';
import type { Host, Network } from '../network/network.js';
import { ServerWebSocket } from '../network/virtual-web-socket.js';
import type { Life } from '../world/life.js';
import { answerRequest } from './routes.js';

/** Host of the receivers of notifications. */
export const RECEIVER_HOST = 'receiver.test';

export type CreateStore = (config: Config, clock: Clock, life: Life) => CounterStore;

export class Service implements Host {
  readonly config: Config;
  readonly clock: Clock;
  readonly store: CounterStore;
  readonly dashboards: DashboardService;
  readonly definitions: DefinitionService;
  readonly admission: ViewerAdmission;
  readonly hub: ViewerHub;
  readonly rules: RulesService;
  readonly #gateway: DashboardGateway;
  #clockTimer: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(
    readonly life: Life,
    readonly network: Network,
    createStore: CreateStore,
    settings: Partial<Config>,
  ) {
    this.config = Object.assign(new Config(), { NOTIFY_ALLOW: NotifyAllow.parse(RECEIVER_HOST) }, settings);
    this.clock = new Clock(this.config.CLOCK_SETTLE_S * 1_000);
    this.store = createStore(this.config, this.clock, life);
    const cache = this.store.isShared ? new SharedStateCache(this.store) : new ExclusiveStateCache(this.store);
    this.dashboards = new DashboardService(this.store, cache, this.config, this.clock);
    this.definitions = new DefinitionService(this.dashboards);
    // Requests are authorized before they come here.
    const unused = undefined as never;
    this.admission = new ViewerAdmission(this.config, this.dashboards, unused, unused);
    this.hub = new ViewerHub(this.config, this.dashboards, this.admission, this.clock);
    this.#gateway = new DashboardGateway(this.dashboards, this.hub);
    this.rules = new RulesService(this.store, this.dashboards, this.clock, this.config);
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** The upstream of a relay. */
  get upstream(): Upstream | undefined {
    return this.store instanceof UpstreamStore ? this.store.upstream : undefined;
  }

  /** Resolves when the service may listen. */
  async start(): Promise<void> {
    this.#clockTimer = setInterval(() => this.clock.now(), 1_000);
    await this.store.open();
    await this.dashboards.onModuleInit();
    this.hub.onModuleInit();
    this.#gateway.onModuleInit();
    await this.rules.onApplicationBootstrap();
  }

  /** Stops in order, as a signal does it. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.admission.onModuleDestroy();
    this.#gateway.beforeApplicationShutdown();
    await Promise.all([this.hub.beforeApplicationShutdown(), this.rules.beforeApplicationShutdown()]);
    this.dashboards.onApplicationShutdown();
    clearInterval(this.#clockTimer);
    await this.store.close();
  }

  answer(request: Request): Promise<Answer> {
    return answerRequest(this, request);
  }

  async upgrade(url: string, protocol: string, link: LiveLink): Promise<void> {
    try {
      const grant = await this.admission.admit(url, { grants: [] }, link.client.name);
      if (!link.isOpen) return;
      let webSocket: ServerWebSocket | undefined;
      link.accept(this.life, { onEnd: () => webSocket?.onEnd() });
      webSocket = new ServerWebSocket(link, protocol);
      this.#gateway.handleConnection(webSocket as unknown as ViewerSocket, {
        grant,
        request: {} as IncomingMessage,
        socket: link.socket as unknown as Socket,
      });
    } catch {
      // Refused: the client learns the reason from a request for the same URL.
    }
  }
}
