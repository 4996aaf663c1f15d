/**
 * Admission control for viewers. WebSocket and SSE viewers pass the same checks before their connection is accepted.
 */
import type { IncomingMessage } from 'node:http';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Authorizer } from '../../auth/authorizer.js';
import { FixedWindowLimiter } from '../../auth/rate-limiter.js';
import { ClientAddress } from '../../auth/client-address.js';
import { toClientNetwork } from '../../http/client-network.js';
import type { Principal } from '../../auth/principal.js';
import { listRouteParameters } from '../../http/api-docs.decorator.js';
import { toPathAndQuery } from '../../http/base-path.js';
import { Config } from '../../config/config.js';
import { TallyError } from '../../counters/errors.js';
import { assertKnownParameters } from '../../validation/known-parameters.js';
import { parseCounterFilter } from '../routes/counters.query.js';
import { DashboardService } from '../dashboard.service.js';
import type { DashboardState } from '../state/dashboard-state.js';
import { MAIN_DASHBOARD } from '../state/main-dashboard.js';
import type { FeedView } from './frames.js';
import { parsePeriods } from '../routes/periods.query.js';
import { SNAPSHOT_QUERY } from '../routes/snapshot.query.js';
import { parseTotals } from '../routes/totals.query.js';

const WATCH_PARAMETERS = listRouteParameters({ query: SNAPSHOT_QUERY, acceptsTicket: true });

/** Viewers of one client: an IPv4 address, or an IPv6 /64 network. */
export interface ClientNetwork {
  readonly address: string;
  viewerCount: number;
}

/** The right to watch one view of a dashboard. */
export interface WatchGrant {
  readonly state: DashboardState;
  readonly view: FeedView;
  readonly includeTotals: boolean;
  /** Time at which the right ends, milliseconds since the Unix epoch. Undefined: never. */
  readonly expiresAtMs: number | undefined;
  readonly network: string;
}

@Injectable()
export class ViewerAdmission implements OnModuleDestroy {
  #viewerCount = 0;
  readonly #networks = new Map<string, ClientNetwork>();
  readonly #attemptLimiter: FixedWindowLimiter;
  #isStopping = false;

  constructor(
    private readonly config: Config,
    private readonly dashboards: DashboardService,
    private readonly authorizer: Authorizer,
    private readonly clientAddress: ClientAddress,
  ) {
    this.#attemptLimiter = new FixedWindowLimiter(config.MAX_WATCH_ATTEMPTS_PER_S, 1_000);
  }

  get viewerCount(): number {
    return this.#viewerCount;
  }

  /**
   * Admits a WebSocket upgrade.
   * @param url as in `admit`
   * @throws TallyError as `Authorizer.authorize` and `admit`
   */
  async admitUpgrade(request: IncomingMessage, url: string): Promise<WatchGrant> {
    const network = this.assertAttemptAllowed(request);
    const permission = { role: 'read', scope: { dashboard: parseDashboardName(url) } } as const;
    const principal = await this.authorizer.authorize(request, permission, true);
    return this.admit(url, principal, network);
  }

  /** Counts an attempt to watch. Returns the client's network. @throws TallyError `too-many-upgrades` */
  assertAttemptAllowed(request: IncomingMessage): string {
    const network = toClientNetwork(this.clientAddress.getAddress(request));
    if (this.#attemptLimiter.consume(network)) return network;
    const detail = `more than ${this.#attemptLimiter.limit} attempts to watch from your address within one second`;
    throw new TallyError('too-many-upgrades', detail, { retryAfterS: this.#attemptLimiter.getResetInS(network) });
  }

  /**
   * Admits a viewer whose request has been authorized. Many may be admitted in one turn of the event loop: call
   * `assertCapacity` once more right before the viewer is connected.
   * @param url path and query: `/dashboard` or `/dashboards/:dashboard`, with or without `counters`, `totals` and
   *   `periods`
   * @param network as `assertAttemptAllowed` returns it
   * @throws TallyError `unknown-route`, `stopping`, `too-many-viewers`, `too-many-from-address`, `invalid-request`,
   *   `unknown-parameter`, `unknown-dashboard`, `unknown-counter`, `store-unavailable`
   */
  async admit(url: string, { expiresAtMs }: Principal, network: string): Promise<WatchGrant> {
    const dashboard = parseDashboardName(url);
    const [, query = ''] = url.split(/\?(.*)/s, 2);
    this.assertCapacity(network);
    const parameters = new URLSearchParams(query);
    assertKnownParameters(parameters.keys(), WATCH_PARAMETERS);
    if (parameters.has('at')) throw createPastStreamError();
    const filters = parameters.getAll('counters');
    const filter = filters.length > 0 ? parseCounterFilter(filters) : undefined;
    const includeTotals = parseTotals(parameters.getAll('totals'));
    const periods = parsePeriods(parameters.getAll('periods'));
    const state = await this.dashboards.watch(dashboard, filter ?? []);
    await this.dashboards.openPeriods(state, periods);
    return { state, view: { filter, periods }, includeTotals, expiresAtMs, network };
  }

  /**
   * Checks that one more viewer may connect. Between this check and `register` there must be no `await`: all that wait
   * for the first state of a dashboard resume together.
   * @throws TallyError `stopping`, `too-many-viewers`, `too-many-from-address`
   */
  assertCapacity(network: string): void {
    if (this.#isStopping)
      throw new TallyError('stopping', 'this instance is shutting down and accepts no more viewers');
    if (this.#viewerCount >= this.config.MAX_VIEWERS) {
      throw new TallyError('too-many-viewers', `the limit of ${this.config.MAX_VIEWERS} viewers is reached`);
    }
    const { viewerCount = 0 } = this.#networks.get(network) ?? {};
    if (viewerCount >= this.config.MAX_VIEWERS_PER_ADDRESS) {
      throw new TallyError(
        'too-many-from-address',
        `the limit of ${this.config.MAX_VIEWERS_PER_ADDRESS} viewers for your address is reached`,
      );
    }
  }

  /** Counts a connected viewer. Pass the result to `unregister` when it disconnects. */
  register(address: string): ClientNetwork {
    const network = this.#networks.get(address) ?? { address, viewerCount: 0 };
    this.#networks.set(address, network);
    this.#viewerCount += 1;
    network.viewerCount += 1;
    return network;
  }

  unregister(network: ClientNetwork): void {
    this.#viewerCount -= 1;
    network.viewerCount -= 1;
    if (network.viewerCount === 0) this.#networks.delete(network.address);
  }

  onModuleDestroy(): void {
    this.#isStopping = true;
  }
}

function createPastStreamError(): TallyError {
  const detail = 'is for JSON alone: a stream shows the present, so omit it, or ask for application/json';
  return new TallyError('invalid-request', `the parameter at ${detail}`, { errors: [{ parameter: 'at', detail }] });
}

/** Parses the dashboard out of a URL that can be watched. @throws TallyError `unknown-route`, `invalid-request` */
function parseDashboardName(url: string): string {
  const [path = ''] = toPathAndQuery(url).split('?', 1);
  if (path === '/dashboard') return MAIN_DASHBOARD;
  const name = /^\/dashboards\/([^/]+)$/.exec(path)?.[1];
  if (name === undefined) throw new TallyError('unknown-route', `there is nothing to watch at ${path}`);
  try {
    return decodeURIComponent(name);
  } catch {
    throw new TallyError('invalid-request', 'the URL contains a "%" that does not start a valid UTF-8 escape');
  }
}
