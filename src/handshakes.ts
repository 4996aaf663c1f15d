/** Connections that have sent no whole request yet: only so many, and the newest goes before the oldest. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { told } from './told.js';

/**
 * Closes the oldest of them when there are more than `most`: who opens connections and says nothing fills the room only for those who
 * do the same, since a client that has something to say says it at once.
 */
export function limitHandshakes(server: Server, most: number): void {
  const waiting = new Set<Socket>();
  const forget = function forget(this: Socket): void {
    waiting.delete(this);
  };
  const asked = ({ socket }: IncomingMessage): void => void waiting.delete(socket);
  server.on('connection', (socket: Socket) => {
    waiting.add(socket);
    socket.once('close', forget);
    if (waiting.size <= most) return;
    const [oldest] = waiting;
    if (!oldest) return;
    waiting.delete(oldest);
    if (told.handshakeDropped.isHeard) told.handshakeDropped.tell({ socket: oldest });
    oldest.destroy();
  });
  server.on('request', asked);
  server.on('upgrade', asked);
}
