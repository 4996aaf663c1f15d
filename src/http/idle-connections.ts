/** Limits the number of connections that are kept alive between two requests, in all and per client network. */
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { toClientNetwork } from './client-network.js';
import { dropConnection } from './drop-connection.js';
import type { HttpSocket } from './http-socket.js';

/** Share of a limit by which idle connections may exceed it until they are counted again. */
const COUNT_INTERVAL_SHARE = 1 / 8;
/** Property of a socket: the number of its last request. Undefined before the first one. */
const LAST_REQUEST = Symbol('lastRequest');

type NumberedSocket = HttpSocket & { [LAST_REQUEST]?: number };

export interface IdleLimits {
  /** Largest number of idle connections. */
  readonly total: number;
  /** Largest number of idle connections of one client network. */
  readonly perNetwork: number;
  /** True for addresses that stand for many clients. They have no limit of their own. */
  readonly isProxy: (address: string) => boolean;
}

/**
 * Idle connections are counted as connections open, not at each request: each time an eighth of a limit has opened. So
 * a request costs a few nanoseconds, and a limit is exceeded by an eighth of it at most.
 */
export class IdleConnections {
  readonly #sockets = new Set<NumberedSocket>();
  readonly #countInterval: number;
  #openedSinceCount = 0;
  #requestCount = 0;

  constructor(private readonly limits: IdleLimits) {
    this.#countInterval = Math.max(1, Math.floor(Math.min(limits.total, limits.perNetwork) * COUNT_INTERVAL_SHARE));
  }

  /** All connections that speak HTTP: idle or not, but none that was upgraded. */
  get sockets(): Iterable<HttpSocket> {
    return this.#sockets;
  }

  /** Wraps the request listener to number requests: the connection with the lowest number is idle for longest. */
  wrapListener(listener: RequestListener): RequestListener {
    return (request, response) => {
      this.#requestCount += 1;
      (request.socket as NumberedSocket)[LAST_REQUEST] = this.#requestCount;
      listener(request, response);
    };
  }

  /** Closes the connections that are idle for longest when a limit is exceeded, never one with a request under way. */
  attachTo(server: Server): void {
    const sockets = this.#sockets;
    const remove = function forget(this: NumberedSocket): void {
      sockets.delete(this);
    };
    server.on('connection', (socket: NumberedSocket) => {
      sockets.add(socket);
      socket.once('close', remove);
      this.#openedSinceCount += 1;
      if (this.#openedSinceCount >= this.#countInterval) this.#enforceLimits();
    });
    server.on('upgrade', ({ socket }: IncomingMessage) => {
      sockets.delete(socket);
      // A connection whose upgrade is ignored is announced again: ignored-upgrade.ts.
      socket.off('close', remove);
    });
  }

  #enforceLimits(): void {
    this.#openedSinceCount = 0;
    const idle = [...this.#sockets].filter(isIdle);
    if (idle.length <= Math.min(this.limits.total, this.limits.perNetwork)) return;
    idle.sort((one, other) => (one[LAST_REQUEST] ?? 0) - (other[LAST_REQUEST] ?? 0));
    const remaining = this.#closePerNetwork(idle);
    for (const socket of remaining.slice(0, Math.max(0, remaining.length - this.limits.total)))
      dropConnection(socket, 'idle');
  }

  /** @param idle those that are idle for longest first. @returns those that stay open, in the same order */
  #closePerNetwork(idle: readonly NumberedSocket[]): readonly NumberedSocket[] {
    const counts = new Map<string, number>();
    const networks = idle.map(({ remoteAddress = '' }) =>
      this.limits.isProxy(remoteAddress) ? undefined : toClientNetwork(remoteAddress.replace(/^::ffff:/, '')),
    );
    for (const network of networks) if (network !== undefined) counts.set(network, (counts.get(network) ?? 0) + 1);
    return idle.filter((socket, index) => {
      const network = networks[index];
      const count = network === undefined ? 0 : (counts.get(network) ?? 0);
      if (network === undefined || count <= this.limits.perNetwork) return true;
      counts.set(network, count - 1);
      dropConnection(socket, 'idle');
      return false;
    });
  }
}

function isIdle(socket: NumberedSocket): boolean {
  return socket[LAST_REQUEST] !== undefined && !socket._httpMessage && !socket.destroyed;
}
