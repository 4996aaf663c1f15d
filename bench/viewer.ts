/**
 * A viewer on a bare socket: parses frames as they arrive and records the first fault, such as a number that goes back.
 */
import { type LiveMessage, SUBPROTOCOL } from '../src/protocol/live-messages.js';
import { formatHandshake } from '../test/harness/http-text.js';
import { RawConnection } from '../test/harness/raw-connection.js';
import { hasValues, LiveState } from '../test/harness/viewer-state.js';
import { countHeaderBytes, encodeClientFrame, findFrameEnd } from '../test/harness/websocket-frames.js';
import { nowMs } from './server.js';

export interface ViewerPoolOptions {
  readonly port: number;
  readonly viewers: number;
  /** Number of viewers that speak `tallyboard.v1`, whose frames have revisions. */
  readonly versioned?: number;
  /** Path that they watch (default: `/dashboard`). `#` is replaced with the index of the viewer. */
  readonly path?: string;
  /** Number of viewers that stop reading after the handshake. */
  readonly stalled?: number;
}

/** An address has only about 28,000 source ports, so further viewers use the next addresses of 127.0.0.0/8. */
const VIEWERS_PER_ADDRESS = 5_000;
const ORDERS_PREFIX = Buffer.from('{"orders":');
const PONG_FRAME = encodeClientFrame(0x8a);
const DIGIT_0 = 0x30;

/** State that every viewer must end on. Only viewers of `tallyboard.v1` see the revision. */
export interface ExpectedState {
  readonly revision: number;
  readonly counters: Readonly<Record<string, number>>;
}

export class Viewer extends RawConnection {
  state: 'opening' | 'open' | 'closed' = 'opening';
  frames = 0;
  /** Payload of all frames received. */
  bytes = 0;
  orders = -1;
  /** When `orders` last changed, as {@link nowMs}. */
  changedAtMs = 0;
  fault: string | undefined;
  /** Called with the number of orders each time it changes. */
  onOrders: (orders: number) => void = () => {};
  #incomplete: Buffer | undefined;
  /** State of a versioned viewer. */
  readonly #liveState = new LiveState();

  constructor(
    { port, path = '/dashboard' }: ViewerPoolOptions,
    index: number,
    readonly kind: 'bare' | 'versioned',
    public reading: 'reading' | 'stalled',
  ) {
    super(port, `127.0.0.${1 + Math.floor(index / VIEWERS_PER_ADDRESS)}`);
    this.socket.once('close', () => (this.state = 'closed'));
    const protocol: Record<string, string> = kind === 'versioned' ? { 'Sec-WebSocket-Protocol': SUBPROTOCOL } : {};
    this.send(formatHandshake({ Host: '127.0.0.1', ...protocol }, `GET ${path.replace('#', String(index))}`));
  }

  /**
   * Compares only `orders` for a bare viewer: parsing each frame completely would make the load process the bottleneck.
   */
  hasReached({ revision, counters }: ExpectedState): boolean {
    if (this.kind === 'bare') return this.orders === counters['orders'];
    return this.#liveState.revision === revision && hasValues(this.#liveState.counters, counters);
  }

  /** Makes a stalled viewer read again. */
  resumeReading(): void {
    this.reading = 'reading';
    this.socket.resume();
  }

  protected override receive(buffer: Buffer, byteCount: number): boolean {
    let chunk = buffer;
    let end = byteCount;
    if (this.#incomplete) {
      chunk = Buffer.concat([this.#incomplete, buffer.subarray(0, byteCount)]);
      end = chunk.length;
      this.#incomplete = undefined;
    }
    let at = 0;
    if (this.state === 'opening') {
      at = this.#readHandshake(chunk, end);
      if (at === 0) {
        this.#incomplete = Buffer.from(chunk.subarray(0, end));
        return true;
      }
    }
    for (let next = findFrameEnd(chunk, at, end); next > 0; next = findFrameEnd(chunk, at, end)) {
      this.#handleFrame((chunk[at] ?? 0) & 0x0f, chunk, at + countHeaderBytes(chunk, at), next);
      at = next;
    }
    if (at < end) this.#incomplete = Buffer.from(chunk.subarray(at, end));
    return this.reading === 'reading';
  }

  /** @returns the offset of the first frame, or 0 if the response is incomplete */
  #readHandshake(chunk: Buffer, end: number): number {
    const head = chunk.toString('latin1', 0, end);
    const length = head.indexOf('\r\n\r\n');
    if (length < 0) return 0;
    if (!head.startsWith('HTTP/1.1 101 ')) this.fault ??= `handshake answered ${head.slice(0, 40)}`;
    this.state = 'open';
    return length + 4;
  }

  #handleFrame(opcode: number, chunk: Buffer, from: number, to: number): void {
    if (opcode === 0x9) this.send(PONG_FRAME);
    if (opcode !== 0x1) return;
    this.frames += 1;
    this.bytes += to - from;
    if (this.kind === 'versioned') {
      this.#applyMessage(JSON.parse(chunk.toString('latin1', from, to)) as LiveMessage);
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

  #applyMessage(message: LiveMessage): void {
    try {
      if (!this.#liveState.apply(message)) return;
    } catch (error) {
      this.fault ??= String(error);
      return;
    }
    const orders = this.#liveState.counters['orders'];
    if (orders !== undefined) this.#recordOrders(orders);
  }

  #recordOrders(orders: number): void {
    if (orders < this.orders) this.fault ??= `orders went back from ${this.orders} to ${orders}`;
    if (orders === this.orders) return;
    this.changedAtMs = nowMs();
    this.orders = orders;
    this.onOrders(orders);
  }
}
