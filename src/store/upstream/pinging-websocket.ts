/** A WebSocket that asks its server for signs of life: a heartbeat may be seconds away when the server is lost. */
import { WebSocket } from 'ws';
import type { WebSocketClass } from '../../client/connection.js';
import { createHopsHeader, type Upstream } from './upstream.js';

/** Interval of pings, milliseconds. */
const PING_INTERVAL_MS = 2_000;
/** Silence after which the connection counts as dead, milliseconds. */
const MAX_SILENCE_MS = 5_000;
const HANDSHAKE_TIMEOUT_MS = 5_000;

/** Returns the class of WebSockets to an upstream. */
export function createPingingWebSocket({ socketPath }: Upstream): WebSocketClass {
  return class PingingWebSocket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, {
        headers: createHopsHeader(),
        perMessageDeflate: false,
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        ...(socketPath !== undefined && { socketPath }),
      });
      this.once('open', () => keepAlive(this));
    }
  };
}

function keepAlive(socket: WebSocket): void {
  let [lastSignMs, lastCheckMs] = [performance.now(), performance.now()];
  const onSign = (): void => void (lastSignMs = performance.now());
  const timer = setInterval(() => {
    const nowMs = performance.now();
    // Signs of life may wait behind a timer that is late.
    const isLate = nowMs - lastCheckMs > 2 * PING_INTERVAL_MS;
    lastCheckMs = nowMs;
    if (nowMs - lastSignMs >= MAX_SILENCE_MS - PING_INTERVAL_MS / 2 && !isLate) socket.terminate();
    else socket.ping();
  }, PING_INTERVAL_MS);
  for (const event of ['message', 'ping', 'pong']) socket.on(event, onSign);
  socket.once('close', () => clearInterval(timer));
}
