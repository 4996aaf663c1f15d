/** Applies the limits of connections to an HTTP server: those that are pending, idle, or whose response is stalled. */
import type { RequestListener, Server } from 'node:http';
import type { Config } from '../config/config.js';
import { parseTrustProxy } from '../config/trust-proxy.js';
import { getDescriptorLimit } from './descriptor-limit.js';
import { IdleConnections } from './idle-connections.js';
import { PendingConnections } from './pending-connections.js';
import { STALL_CHECK_INTERVAL_MS, StalledResponses } from './stalled-responses.js';

/** Largest shares of the descriptors that pending and idle connections may take. */
const PENDING_SHARE = 1 / 2;
const IDLE_SHARE = 1 / 4;
/** Largest share of the idle connections that one client network may have. */
const NETWORK_SHARE = 1 / 2;

export class ConnectionLimits {
  readonly #pending: PendingConnections;
  readonly #idle: IdleConnections;
  readonly #stalled = new StalledResponses();

  /** @param descriptorLimit descriptors that the process may open */
  constructor(
    { MAX_PENDING_CONNECTIONS, TRUST_PROXY }: Pick<Config, 'MAX_PENDING_CONNECTIONS' | 'TRUST_PROXY'>,
    descriptorLimit = getDescriptorLimit() ?? Infinity,
  ) {
    const isTrusted = parseTrustProxy(TRUST_PROXY);
    const total = Math.floor(Math.min(MAX_PENDING_CONNECTIONS, descriptorLimit * IDLE_SHARE));
    this.#pending = new PendingConnections(Math.min(MAX_PENDING_CONNECTIONS, descriptorLimit * PENDING_SHARE));
    this.#idle = new IdleConnections({
      total,
      perNetwork: Math.max(1, Math.floor(total * NETWORK_SHARE)),
      isProxy: (address) => isTrusted?.(address, 0) === true,
    });
  }

  wrapListener(listener: RequestListener): RequestListener {
    return this.#pending.wrapListener(this.#idle.wrapListener(listener));
  }

  attachTo(server: Server): void {
    this.#pending.attachTo(server);
    this.#idle.attachTo(server);
    const check = (): void => void this.#stalled.closeStalled(this.#idle.sockets, performance.now());
    const timer = setInterval(check, STALL_CHECK_INTERVAL_MS).unref();
    server.once('close', () => clearInterval(timer));
  }
}
