/** A bare TCP client that sends any bytes, and reads HTTP responses and WebSocket frames in order. */
import { SUBPROTOCOL } from '../../src/protocol/live-messages.js';
import { formatHandshake, parseResponseHead, type ResponseHead } from '../harness/http-text.js';
import { RawConnection } from '../harness/raw-connection.js';
import { countHeaderBytes, findFrameEnd } from '../harness/websocket-frames.js';
import { checkApiResponse, checkFrame, parseRequests } from './response-check.js';
import type { CheckedRequest, CheckedResponse } from './openapi-check.js';
import { ChangeSignal } from './change-signal.js';
import { afterTest } from './cleanup.js';

export interface RawResponse extends ResponseHead {
  readonly body: string;
}

interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export class RawClient extends RawConnection {
  /** True once the server has ended or cut the connection. */
  closed = false;
  #received = Buffer.alloc(0);
  #sent = '';
  /** Requests in the sent bytes; undefined when more has been sent since they were parsed. */
  #requests: readonly CheckedRequest[] | undefined;
  #responseCount = 0;
  #protocol: 'bare' | 'v1' = 'bare';
  readonly #changes = new ChangeSignal();

  constructor(port: number) {
    super(port);
    for (const name of ['end', 'close', 'error']) {
      this.socket.on(name, () => {
        this.closed = true;
        this.#changes.notify();
      });
    }
    afterTest(() => this.close());
  }

  override send(bytes: string | Buffer): void {
    this.#sent += bytes.toString();
    this.#requests = undefined;
    super.send(bytes);
  }

  async waitForClose(): Promise<void> {
    while (!this.closed) await this.#changes.next();
  }

  /** Reads the next HTTP response. @throws Error if the connection ends first */
  async readResponse(): Promise<RawResponse> {
    const { status, headers } = await this.#readHead();
    const length = Number(headers['content-length'] ?? 0);
    const body = await this.#readBytes(() => (this.#received.length >= length ? length : undefined));
    this.#check({ status, headers, ...(headers['transfer-encoding'] === undefined && { body: body.toString() }) });
    return { status, headers, body: body.toString() };
  }

  /** Reads the next HTTP response up to the end of its headers. @throws Error if the connection ends first */
  async readHead(): Promise<ResponseHead> {
    const head = await this.#readHead();
    this.#check(head);
    return head;
  }

  async #readHead(): Promise<ResponseHead> {
    const head = await this.#readBytes(() => {
      const end = this.#received.indexOf('\r\n\r\n');
      return end < 0 ? undefined : end + 4;
    });
    return parseResponseHead(head.toString('latin1'));
  }

  /** Reads the next line of a body, without its line break. @throws Error if the connection ends first */
  async readLine(): Promise<string> {
    const line = await this.#readBytes(() => {
      const end = this.#received.indexOf('\n');
      return end < 0 ? undefined : end + 1;
    });
    return line.toString().trimEnd();
  }

  /** Reads the next WebSocket frame. @throws Error if it is masked, or if the connection ends first */
  async readFrame(): Promise<RawFrame> {
    const frame = await this.#readBytes(() => {
      const end = findFrameEnd(this.#received, 0, this.#received.length);
      return end < 0 ? undefined : end;
    });
    const firstByte = frame[0] ?? 0;
    const payload = frame.subarray(countHeaderBytes(frame, 0));
    if (firstByte === 0x81) checkFrame(payload.toString(), this.#protocol);
    return { opcode: firstByte & 0x0f, payload };
  }

  /**
   * Validates a response against the API documents. Responses arrive in the order of the requests; one to malformed
   * bytes has no request.
   */
  #check(response: CheckedResponse): void {
    if (response.status < 200 && response.status !== 101) return;
    this.#requests ??= parseRequests(this.#sent);
    const request = this.#requests[this.#responseCount];
    this.#responseCount += 1;
    if (response.headers['sec-websocket-protocol'] === SUBPROTOCOL) this.#protocol = 'v1';
    checkApiResponse(request, response, this.socket.remotePort);
  }

  /** Skips frames up to the close frame, and returns its code. @throws Error if the connection ends first */
  async readCloseCode(): Promise<number> {
    let frame = await this.readFrame();
    while (frame.opcode !== 0x8) frame = await this.readFrame();
    return frame.payload.readUInt16BE();
  }

  async #readBytes(findLength: () => number | undefined): Promise<Buffer> {
    let length = findLength();
    while (length === undefined) {
      if (this.closed) throw new Error(`the connection ended after: ${this.#received.toString()}`);
      await this.#changes.next();
      length = findLength();
    }
    const bytes = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return bytes;
  }

  protected override receive(buffer: Buffer, byteCount: number): boolean {
    this.#received = Buffer.concat([this.#received, buffer.subarray(0, byteCount)]);
    this.#changes.notify();
    return true;
  }
}

export async function connectRaw(port: number): Promise<RawClient> {
  const client = new RawClient(port);
  await new Promise<void>((resolve, reject) => client.socket.once('connect', resolve).once('error', reject));
  return client;
}

/** Opens a viewer on a bare connection. Resolves after the WebSocket handshake. @throws Error if it is rejected */
export async function watchRaw(port: number, headers: Readonly<Record<string, string>> = {}): Promise<RawClient> {
  const client = await connectRaw(port);
  client.send(formatHandshake(headers));
  const { status } = await client.readResponse();
  if (status !== 101) throw new Error(`the handshake was answered with ${status}`);
  return client;
}
