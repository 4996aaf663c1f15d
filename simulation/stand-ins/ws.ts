/** Stands in for `ws` where a relay watches its upstream. */
import { EventEmitter } from 'node:events';
import { VirtualWebSocket } from '../network/virtual-web-socket.js';
import { getWorld } from '../world/world.js';
import { getNetwork } from './network.js';

interface ConnectOptions {
  readonly handshakeTimeout: number;
}

interface CloseEvent {
  readonly code: number;
  readonly reason: string;
}

export class WebSocket extends EventEmitter {
  readonly #socket: VirtualWebSocket;
  readonly #world = getWorld();
  #isClosed = false;

  constructor(url: string, protocol: string, { handshakeTimeout }: ConnectOptions) {
    super();
    const socket = new VirtualWebSocket(getNetwork(), url, protocol);
    this.#socket = socket;
    const timer = setTimeout(() => this.terminate(), handshakeTimeout);
    for (const type of ['open', 'message', 'ping', 'pong'])
      socket.addEventListener(type, (event: unknown) => this.emit(type, event));
    socket.addEventListener('open', () => clearTimeout(timer));
    socket.addEventListener('close', (event: CloseEvent) => this.#onClose(event));
    this.once('close', () => clearTimeout(timer));
  }

  addEventListener(type: string, listener: unknown): void {
    this.on(type, listener as (event: unknown) => void);
  }

  ping(): void {
    this.#socket.ping();
  }

  close(): void {
    this.terminate();
  }

  /** Unlike the sockets of browsers, it tells its own end. */
  terminate(): void {
    this.#socket.terminate();
    this.#world.schedule('socket ends', 0, () => this.#onClose({ code: 1006, reason: '' }));
  }

  #onClose(event: CloseEvent): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit('close', event);
  }
}
