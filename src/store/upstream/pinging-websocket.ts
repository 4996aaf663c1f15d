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
      super(socketPath === undefined ? url : toSocketUrl(socketPath, url), protocol, {
        headers: createHopsHeader(),
        perMessageDeflate: false,
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      });
      this.once('open', () => keepAlive(this));
    }
  };
}

/** Returns the address of a WebSocket over a Unix socket, in the form of `ws`. */
function toSocketUrl(socketPath: string, url: string): string {
  const { pathname, search } = new URL(url);
  return `ws+unix:${socketPath}:${pathname}${search}`;
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
