/** A bare TCP client: sends any bytes at all, reads HTTP answers and WebSocket frames as they come. */
import { connect, type Socket } from 'node:net';
import { SUBPROTOCOL } from '../../src/protocol/live-messages.js';
import { checkAnswer, checkFrame, requestsIn } from './response-check.js';
import type { Answered } from './openapi-check.js';
import { afterTest } from './cleanup.js';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export class RawClient {
  /** True when the server has ended or cut the connection. */
  closed = false;
  #received = Buffer.alloc(0);
  #sent = '';
  #answered = 0;
  #protocol: 'bare' | 'v1' = 'bare';
  readonly #waiting = new Set<() => void>();

  constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#look();
    });
    for (const name of ['end', 'close', 'error']) socket.on(name, () => this.#close());
    afterTest(() => socket.destroy());
  }

  send(bytes: string | Buffer): void {
    this.#sent += bytes.toString();
    this.socket.write(bytes);
  }

  async untilClosed(): Promise<void> {
    while (!this.closed) await this.#change();
  }

  /** The next HTTP answer. @throws when the connection ends before it is whole */
  async answer(): Promise<RawAnswer> {
    const { status, headers } = await this.#head();
    const length = Number(headers['content-length'] ?? 0);
    const body = await this.#take(() => (this.#received.length >= length ? length : undefined));
    this.#check({ status, headers, ...(headers['transfer-encoding'] === undefined && { body: body.toString() }) });
    return { status, headers, body: body.toString() };
  }

  /** The next HTTP answer as far as its headers. */
  async head(): Promise<Omit<RawAnswer, 'body'>> {
    const head = await this.#head();
    this.#check(head);
    return head;
  }

  async #head(): Promise<Omit<RawAnswer, 'body'>> {
    const head = await this.#take(() => {
      const end = this.#received.indexOf('\r\n\r\n');
      return end < 0 ? undefined : end + 4;
    });
    const [statusLine = '', ...lines] = head.toString('latin1').trimEnd().split('\r\n');
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    return { status: Number(statusLine.split(' ')[1]), headers };
  }

  /** The next line of a body, without its end. @throws when the connection ends before it is whole */
  async line(): Promise<string> {
    const line = await this.#take(() => {
      const end = this.#received.indexOf('\n');
      return end < 0 ? undefined : end + 1;
    });
    return line.toString().trimEnd();
  }

  /** The next WebSocket frame, whose header has to be that of a server. @throws when the connection ends before it is whole */
  async frame(): Promise<RawFrame> {
    const [first = 0, second = 0] = await this.#take(() => (this.#received.length >= 2 ? 2 : undefined));
    const more = second === 126 ? await this.#take(() => (this.#received.length >= 2 ? 2 : undefined)) : undefined;
    const length = more ? more.readUInt16BE() : second;
    const payload = await this.#take(() => (this.#received.length >= length ? length : undefined));
    if (first === 0x81) checkFrame(payload.toString(), this.#protocol);
    return { opcode: first & 0x0f, payload };
  }

  /** Answers come in the order of the requests. What was no request is answered all the same. */
  #check(answered: Answered): void {
    if (answered.status < 200 && answered.status !== 101) return;
    const asked = requestsIn(this.#sent)[this.#answered];
    this.#answered += 1;
    if (answered.headers['sec-websocket-protocol'] === SUBPROTOCOL) this.#protocol = 'v1';
    checkAnswer(asked, answered, this.socket.remotePort);
  }

  /** The code of the close frame, passing over what comes before it. */
  async closeCode(): Promise<number> {
    let frame = await this.frame();
    while (frame.opcode !== 0x8) frame = await this.frame();
    return frame.payload.readUInt16BE();
  }

  async #take(bytes: () => number | undefined): Promise<Buffer> {
    let length = bytes();
    while (length === undefined) {
      if (this.closed) throw new Error(`the connection ended after: ${this.#received.toString()}`);
      await this.#change();
      length = bytes();
    }
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #look(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #close(): void {
    this.closed = true;
    this.#look();
  }
}

export async function connectRaw(port: number): Promise<RawClient> {
  const client = new RawClient(connect({ port, host: '127.0.0.1', noDelay: true }));
  await new Promise<void>((resolve, reject) => client.socket.once('connect', resolve).once('error', reject));
  return client;
}

/** A request as text, with a Host unless the headers have one. */
export function requestText(line: string, headers: Readonly<Record<string, string>> = {}, body = ''): string {
  const lines = Object.entries({ Host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

const HANDSHAKE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** A WebSocket handshake as text; headers and request line may be put wrong. */
export function handshakeText(headers: Readonly<Record<string, string>> = {}, line = 'GET /dashboard'): string {
  return requestText(line, { ...HANDSHAKE, ...headers });
}

/** A viewer on a bare connection, past the handshake. */
export async function watchRaw(port: number, headers: Readonly<Record<string, string>> = {}): Promise<RawClient> {
  const client = await connectRaw(port);
  client.send(handshakeText(headers));
  const { status } = await client.answer();
  if (status !== 101) throw new Error(`the handshake was answered with ${status}`);
  return client;
}

/** A frame as a client sends it, masked with zeros. `first` is the first byte: FIN, RSV and opcode. */
export function clientFrame(first: number, payload: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(payload);
  const length =
    bytes.length < 126 ? [0x80 | bytes.length] : [0x80 | 126, Math.floor(bytes.length / 256), bytes.length % 256];
  return Buffer.concat([Buffer.from([first, ...length, 0, 0, 0, 0]), bytes]);
}
