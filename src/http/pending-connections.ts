/** Connections that have sent no whole request yet: only so many, and the newest goes before the oldest. */
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { events } from '../telemetry/events.js';

export class Handshakes {
  readonly #waiting = new Set<Socket>();

  /** @param most how many there may be at a time */
  constructor(private readonly most: number) {}

  /** The listener of a server, which is told of what asks. Another one beside it would cost every change 4 us. */
  endedBy(listener: RequestListener): RequestListener {
    const waiting = this.#waiting;
    return (request, response) => {
      if (waiting.size > 0) waiting.delete(request.socket);
      listener(request, response);
    };
  }

  /**
   * Closes the oldest of them when there are too many: who opens connections and says nothing fills the room only for those who do the
   * same, since a client that has something to say says it at once.
   */
  limit(server: Server): void {
    const waiting = this.#waiting;
    const forget = function forget(this: Socket): void {
      waiting.delete(this);
    };
    server.on('connection', (socket: Socket) => {
      waiting.add(socket);
      socket.once('close', forget);
      if (waiting.size > this.most) this.#dropOldest();
    });
    server.on('upgrade', ({ socket }: IncomingMessage) => void waiting.delete(socket));
  }

  #dropOldest(): void {
    const [oldest] = this.#waiting;
    if (!oldest) return;
    this.#waiting.delete(oldest);
    if (events.pendingConnectionClosed.hasSubscribers) events.pendingConnectionClosed.publish({ socket: oldest });
    oldest.destroy();
  }
}
