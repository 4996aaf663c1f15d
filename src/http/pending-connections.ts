/** Limits the number of connections that have not sent a complete request. */
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { dropConnection } from './drop-connection.js';

export class PendingConnections {
  readonly #sockets = new Set<Socket>();

  /** @param limit largest number of pending connections */
  constructor(private readonly limit: number) {}

  /**
   * Wraps the request listener to note the end of pending connections. A second listener would cost each change 4 us.
   */
  wrapListener(listener: RequestListener): RequestListener {
    const sockets = this.#sockets;
    return (request, response) => {
      if (sockets.size > 0) sockets.delete(request.socket);
      listener(request, response);
    };
  }

  /**
   * Closes the oldest pending connection when the limit is exceeded. An attacker who holds idle connections open evicts
   * only other idle ones: a real client sends its request at once.
   */
  attachTo(server: Server): void {
    const sockets = this.#sockets;
    const remove = function forget(this: Socket): void {
      sockets.delete(this);
    };
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', remove);
      if (sockets.size > this.limit) this.#closeOldest();
    });
    server.on('upgrade', ({ socket }: IncomingMessage) => {
      sockets.delete(socket);
      // A connection whose upgrade is ignored is announced again: ignored-upgrade.ts.
      socket.off('close', remove);
    });
  }

  #closeOldest(): void {
    const [oldest] = this.#sockets;
    if (!oldest) return;
    this.#sockets.delete(oldest);
    dropConnection(oldest, 'pending');
  }
}
