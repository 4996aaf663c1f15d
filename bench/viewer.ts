/** A client that watches: a bare socket that reads frames as they come, and notes whatever would break a promise. */
import net from 'node:net';
import { nowMs } from './server.js';

export interface ViewerPoolOptions {
  readonly port: number;
  readonly viewers: number;
  /** So many of them speak `tallyboard.v1`, which shows revisions. */
  readonly versioned?: number;
  /** What they watch, `main` when it is not said. `#` stands for the number of the viewer. */
  readonly path?: string;
  /** So many of them never read after the handshake. */
  readonly deaf?: number;
}

/** Loopback source ports are few: every so many viewers take the next address of 127.0.0.0/8. */
const VIEWERS_PER_ADDRESS = 5_000;
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536);
const ORDERS_PREFIX = Buffer.from('{"orders":');
const PONG_FRAME = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
const DIGIT_0 = 0x30;

type LiveFrame = { type: string; from?: number; revision: number; at: number; counters?: Record<string, number> };

/** What every viewer has to end on. Only `tallyboard.v1` shows a revision, and the baseline has none. */
export interface ExpectedState {
  readonly revision: number;
  readonly counters: Readonly<Record<string, number>>;
}

export class Viewer {
  state: 'opening' | 'open' | 'closed' = 'opening';
  frames = 0;
  /** Payload of all frames. */
  bytes = 0;
  orders = -1;
  /** When `orders` last changed, on the shared clock. */
  changedAtMs = 0;
  fault: string | undefined;
  /** Told of every other number of orders that it shows. */
  onOrders: (orders: number) => void = () => {};
  readonly #socket: net.Socket;
  #incomplete: Buffer | undefined;
  #revision = -1;
  /** Of a versioned viewer: its snapshot with every patch since. */
  readonly #counters: Record<string, number> = {};

  constructor(
    { port, path = '/dashboard' }: ViewerPoolOptions,
    index: number,
    readonly kind: 'bare' | 'versioned',
    public reading: 'reading' | 'deaf',
  ) {
    const address = {
      port,
      host: '127.0.0.1',
      localAddress: `127.0.0.${1 + Math.floor(index / VIEWERS_PER_ADDRESS)}`,
    };
    const callback = (bytes: number): boolean => {
      this.#receive(bytes);
      return this.reading === 'reading' || this.state === 'opening';
    };
    this.#socket = net.connect({ ...address, noDelay: true, onread: { buffer: READ_BUFFER, callback } });
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.once('close', () => (this.state = 'closed'));
    const protocol = kind === 'versioned' ? 'Sec-WebSocket-Protocol: tallyboard.v1\r\n' : '';
    this.#socket.write(
      `GET ${path.replace('#', String(index))} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${protocol}` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
  }

  /** A bare viewer is held to `orders` alone: parsing every frame whole would make it the bottleneck. */
  hasReached({ revision, counters }: ExpectedState): boolean {
    if (this.kind === 'bare') return this.orders === counters['orders'];
    if (this.#revision !== revision) return false;
    return Object.entries(counters).every(([name, value]) => this.#counters[name] === value);
  }

  /** Reads again, or still. */
  resumeReading(): void {
    this.reading = 'reading';
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(byteCount: number): void {
    let chunk = READ_BUFFER;
    let end = byteCount;
    if (this.#incomplete) {
      chunk = Buffer.concat([this.#incomplete, READ_BUFFER.subarray(0, byteCount)]);
      end = chunk.length;
      this.#incomplete = undefined;
    }
    let at = this.state === 'opening' ? this.#readHandshake(chunk, end) : 0;
    while (end - at >= 2) {
      const short = (chunk[at + 1] ?? 0) & 0x7f;
      const head = short < 126 ? 2 : 4;
      if (end - at < head) break;
      const length = short < 126 ? short : chunk.readUInt16BE(at + 2);
      if (end - at < head + length) break;
      this.#handleFrame((chunk[at] ?? 0) & 0x0f, chunk, at + head, at + head + length);
      at += head + length;
    }
    if (at < end) this.#incomplete = Buffer.from(chunk.subarray(at, end));
  }

  #readHandshake(chunk: Buffer, end: number): number {
    const head = chunk.toString('latin1', 0, end);
    const length = head.indexOf('\r\n\r\n');
    if (length < 0) return 0;
    if (!head.startsWith('HTTP/1.1 101 ')) this.fault ??= `handshake answered ${head.slice(0, 40)}`;
    this.state = 'open';
    return length + 4;
  }

  #handleFrame(opcode: number, chunk: Buffer, from: number, to: number): void {
    if (opcode === 0x9) this.#socket.write(PONG_FRAME);
    if (opcode !== 0x1) return;
    this.frames += 1;
    this.bytes += to - from;
    if (this.kind === 'versioned') {
      const message: LiveFrame = JSON.parse(chunk.toString('latin1', from, to));
      this.#applyMessage(message);
    } else if (chunk.compare(ORDERS_PREFIX, 0, ORDERS_PREFIX.length, from, from + ORDERS_PREFIX.length) === 0) {
      let orders = 0;
      for (let at = from + ORDERS_PREFIX.length; (chunk[at] ?? 0) >= DIGIT_0; at += 1) {
        const digit = (chunk[at] ?? 0) - DIGIT_0;
        if (digit > 9) break;
        orders = orders * 10 + digit;
      }
      this.#recordOrders(orders);
    } else this.fault ??= `frame without orders: ${chunk.toString('latin1', from, to)}`;
  }

  #applyMessage({ type, from, revision, counters }: LiveFrame): void {
    if (type === 'reconnect') return;
    if (revision < this.#revision) this.fault ??= `revision went back from ${this.#revision} to ${revision}`;
    if (from !== undefined && from !== this.#revision) this.fault ??= `patch from ${from} at ${this.#revision}`;
    this.#revision = revision;
    Object.assign(this.#counters, counters);
    if (counters?.['orders'] !== undefined) this.#recordOrders(counters['orders']);
  }

  #recordOrders(orders: number): void {
    if (orders < this.orders) this.fault ??= `orders went back from ${this.orders} to ${orders}`;
    if (orders === this.orders) return;
    this.changedAtMs = nowMs();
    this.orders = orders;
    this.onOrders(orders);
  }
}
