/** Closes a connection at once and publishes why. */
import type { Socket } from 'node:net';
import { type ConnectionDropped, events } from '../telemetry/events.js';

export function dropConnection(socket: Socket, reason: ConnectionDropped['reason']): void {
  if (events.connectionDropped.hasSubscribers) events.connectionDropped.publish({ socket, reason });
  socket.destroy();
}
