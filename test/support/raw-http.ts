/** A bare TCP client: sends any bytes at all, reads HTTP answers and WebSocket frames as they come. */
import { connect, type Socket } from 'node:net';
import { SUBPROTOCOL } from '../../src/protocol/live-messages.js';
import { checkApiResponse, checkFrame, parseRequests } from './response-check.js';
import type { CheckedResponse } from './openapi-check.js';
import { afterTest } from './cleanup.js';

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export class RawClient {
  /** True when the server has ended or cut the connection. */
  closed = false;
  #received = Buffer.alloc(0);
  #sent = '';
  #responseCount = 0;
  #protocol: 'bare' | 'v1' = 'bare';
  readonly #waiting = new Set<() => void>();

  constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#notify();
    });
    for (const name of ['end', 'close', 'error']) socket.on(name, () => this.#close());
    afterTest(() => socket.destroy());
  }

  send(bytes: string | Buffer): void {
    this.#sent += bytes.toString();
    this.socket.write(bytes);
  }

  async waitForClose(): Promise<void> {
    while (!this.closed) await this.#waitForChange();
  }

  /** The next HTTP answer. @throws when the connection ends before it is whole */
  async readResponse(): Promise<RawResponse> {
    const { status, headers } = await this.#readHead();
    const length = Number(headers['content-length'] ?? 0);
    const body = await this.#readBytes(() => (this.#received.length >= length ? length : undefined));
    this.#check({ status, headers, ...(headers['transfer-encoding'] === undefined && { body: body.toString() }) });
    return { status, headers, body: body.toString() };
  }

  /** The next HTTP answer as far as its headers. */
  async readHead(): Promise<Omit<RawResponse, 'body'>> {
    const head = await this.#readHead();
    this.#check(head);
    return head;
  }

  async #readHead(): Promise<Omit<RawResponse, 'body'>> {
    const head = await this.#readBytes(() => {
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
  async readLine(): Promise<string> {
    const line = await this.#readBytes(() => {
      const end = this.#received.indexOf('\n');
      return end < 0 ? undefined : end + 1;
    });
    return line.toString().trimEnd();
  }

  /** The next WebSocket frame, whose header has to be that of a server. @throws when the connection ends before it is whole */
  async readFrame(): Promise<RawFrame> {
    const [first = 0, second = 0] = await this.#readBytes(() => (this.#received.length >= 2 ? 2 : undefined));
    const more = second === 126 ? await this.#readBytes(() => (this.#received.length >= 2 ? 2 : undefined)) : undefined;
    const length = more ? more.readUInt16BE() : second;
    const payload = await this.#readBytes(() => (this.#received.length >= length ? length : undefined));
    if (first === 0x81) checkFrame(payload.toString(), this.#protocol);
    return { opcode: first & 0x0f, payload };
  }

  /** Answers come in the order of the requests. What was no request is answered all the same. */
  #check(response: CheckedResponse): void {
    if (response.status < 200 && response.status !== 101) return;
    const request = parseRequests(this.#sent)[this.#responseCount];
    this.#responseCount += 1;
    if (response.headers['sec-websocket-protocol'] === SUBPROTOCOL) this.#protocol = 'v1';
    checkApiResponse(request, response, this.socket.remotePort);
  }

  /** The code of the close frame, passing over what comes before it. */
  async readCloseCode(): Promise<number> {
    let frame = await this.readFrame();
    while (frame.opcode !== 0x8) frame = await this.readFrame();
    return frame.payload.readUInt16BE();
  }

  async #readBytes(findLength: () => number | undefined): Promise<Buffer> {
    let length = findLength();
    while (length === undefined) {
      if (this.closed) throw new Error(`the connection ended after: ${this.#received.toString()}`);
      await this.#waitForChange();
      length = findLength();
    }
    const bytes = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return bytes;
  }

  #waitForChange(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #notify(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #close(): void {
    this.closed = true;
    this.#notify();
  }
}

export async function connectRaw(port: number): Promise<RawClient> {
  const client = new RawClient(connect({ port, host: '127.0.0.1', noDelay: true }));
  await new Promise<void>((resolve, reject) => client.socket.once('connect', resolve).once('error', reject));
  return client;
}

/** A request as text, with a Host unless the headers have one. */
export function formatRequest(line: string, headers: Readonly<Record<string, string>> = {}, body = ''): string {
  const lines = Object.entries({ Host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

const HANDSHAKE_HEADERS = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** A WebSocket handshake as text; headers and request line may be put wrong. */
export function formatHandshake(headers: Readonly<Record<string, string>> = {}, line = 'GET /dashboard'): string {
  return formatRequest(line, { ...HANDSHAKE_HEADERS, ...headers });
}

/** A viewer on a bare connection, past the handshake. */
export async function watchRaw(port: number, headers: Readonly<Record<string, string>> = {}): Promise<RawClient> {
  const client = await connectRaw(port);
  client.send(formatHandshake(headers));
  const { status } = await client.readResponse();
  if (status !== 101) throw new Error(`the handshake was answered with ${status}`);
  return client;
}

/** A frame as a client sends it, masked with zeros. `first` is the first byte: FIN, RSV and opcode. */
export function encodeClientFrame(firstByte: number, payload: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(payload);
  const length =
    bytes.length < 126 ? [0x80 | bytes.length] : [0x80 | 126, Math.floor(bytes.length / 256), bytes.length % 256];
  return Buffer.concat([Buffer.from([firstByte, ...length, 0, 0, 0, 0]), bytes]);
}
