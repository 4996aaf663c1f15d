/** The WebSocket class of simulated clients, and the socket that the server gets for each. */
import { EventEmitter } from 'node:events';
import { getWorld } from '../world/world.js';
import { LiveLink } from './live-link.js';
import type { Network } from './network.js';

const [TEXT, CLOSE, PING] = [0x1, 0x8, 0x9];
/** Code of a connection that ended without a close frame (RFC 6455, 7.4.1). */
const ABNORMAL = 1006;
/** Time that a client has to answer a close frame, milliseconds: `closeTimeout` of the service. */
const CLOSE_TIMEOUT_MS = 2_000;

type Listener = (event: { readonly data: unknown; readonly code: number; readonly reason: string }) => void;

interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** Creates the class for the clients of a network. */
export function createWebSocketClass(network: Network) {
  return class extends VirtualWebSocket {
    constructor(url: string, protocol: string) {
      super(network, url, protocol);
    }
  };
}

export class VirtualWebSocket {
  readonly #listeners = new Map<string, Listener[]>();
  readonly #link: LiveLink;
  #isClosed = false;
  #closing: Closing | undefined;

  constructor(
    private readonly network: Network,
    url: string,
    protocol: string,
  ) {
    const world = getWorld();
    const { origin, pathname, search } = new URL(url);
    this.#link = new LiveLink(network, network.resolve(origin.replace(/^ws/, 'http')), world.current, {
      onBytes: (bytes) => this.#onFrame(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
      onEnd: () => this.#end(),
    });
    const connect = (): void => this.#connect(pathname + search, protocol);
    if (!network.isCut(this.#link.origin, world.current))
      world.schedule('upgrade arrives', network.drawDelayMs(), connect, world.outside);
  }

  addEventListener(type: string, listener: unknown): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener as Listener]);
  }

  close(): void {
    this.terminate();
  }

  terminate(): void {
    this.#isClosed = true;
    this.#link.endByClient();
  }

  /** The machine of the server answers as long as its process runs. */
  ping(): void {
    this.#link.toServer(() => this.#link.reply(() => this.#emit('pong', {})));
  }

  #connect(path: string, protocol: string): void {
    const host = this.network.findHost(this.#link.origin);
    if (!host) return this.#refuse();
    const run = async (): Promise<void> => {
      await host.upgrade(path, protocol, this.#link);
      if (!this.#link.server) this.#refuse();
      else if (this.#listeners.has('open')) this.#link.reply(() => this.#emit('open', {}));
    };
    const forget = host.life.onEnd(() => this.#link.server ?? this.#refuse());
    getWorld().schedule('upgrade', 0, () => (forget(), void run()), host.life);
  }

  #refuse(): void {
    this.#link.end();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#emit('close', this.#closing ?? { code: ABNORMAL, reason: '' });
  }

  #onFrame(frame: Buffer): void {
    if (this.#isClosed) return;
    const [first = 0, second = 0] = frame;
    const headerBytes = second < 126 ? 2 : second === 126 ? 4 : 10;
    const payload = frame.subarray(headerBytes);
    const opcode = first & 0xf;
    if (opcode === TEXT) this.#emit('message', { data: payload.toString() });
    else if (opcode === PING) {
      this.#emit('ping', {});
      this.#link.toServer(() => this.#link.emitter?.emit('pong'));
    } else if (opcode === CLOSE) {
      this.#closing = { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() };
      this.#link.endByClient();
      this.#end();
    }
  }

  #emit(type: string, event: Partial<Parameters<Listener>[0]>): void {
    if (this.#isClosed && type !== 'close') return;
    const whole = { data: undefined, code: 0, reason: '', ...event };
    for (const listener of this.#listeners.get(type) ?? []) listener(whole);
  }
}

/** The socket of `ws` that a viewer gets, as far as the service uses it. */
export class ServerWebSocket extends EventEmitter {
  /** As `ViewerSocket` has it. */
  viewer: { onClosing(code: number | undefined, reason: string | Buffer | undefined): void } | undefined;
  #closing: Closing | undefined;

  constructor(
    private readonly link: LiveLink,
    readonly protocol: string,
  ) {
    super();
    const { server, emitter } = link;
    if (!server || emitter) throw new Error('the connection is not accepted, or taken already');
    link.emitter = this;
  }

  close(code = 1005, reason: string | Buffer = ''): void {
    this.viewer?.onClosing(code, reason);
    if (this.#closing) return;
    this.#closing = { code, reason: reason.toString() };
    const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
    this.link.socket.write(Buffer.concat([Buffer.from([0x80 | CLOSE, payload.length]), payload]));
    setTimeout(() => this.terminate(), CLOSE_TIMEOUT_MS);
  }

  terminate(): void {
    this.link.end();
  }

  pause(): void {}

  /** The connection has ended. */
  onEnd(): void {
    const { code, reason } = this.#closing ?? { code: ABNORMAL, reason: '' };
    this.emit('close', code, Buffer.from(reason));
  }
}
