/** Keeps a server alive when it cannot accept a connection. */
import type { Server } from 'node:net';
import { events } from '../telemetry/events.js';

/**
 * Publishes errors of a server that listens. Without a listener they would end the process: libuv reports a shortage of
 * descriptors as soon as its reserve is gone too. Errors before that are those of `listen`.
 */
export function publishAcceptErrors(server: Server): void {
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (server.listening) events.acceptFailed.publish({ error });
  });
}
