/** Connections that have sent no whole request yet: only so many, and the newest goes before the oldest. */
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { events } from '../telemetry/events.js';

export class PendingConnections {
  readonly #sockets = new Set<Socket>();

  /** @param limit how many there may be at a time */
  constructor(private readonly limit: number) {}

  /** The listener of a server, which is told of what asks. Another one beside it would cost every change 4 us. */
  wrapListener(listener: RequestListener): RequestListener {
    const sockets = this.#sockets;
    return (request, response) => {
      if (sockets.size > 0) sockets.delete(request.socket);
      listener(request, response);
    };
  }

  /**
   * Closes the oldest of them when there are too many: who opens connections and says nothing fills the room only for those who do the
   * same, since a client that has something to say says it at once.
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
    server.on('upgrade', ({ socket }: IncomingMessage) => void sockets.delete(socket));
  }

  #closeOldest(): void {
    const [oldest] = this.#sockets;
    if (!oldest) return;
    this.#sockets.delete(oldest);
    if (events.pendingConnectionClosed.hasSubscribers) events.pendingConnectionClosed.publish({ socket: oldest });
    oldest.destroy();
  }
}
