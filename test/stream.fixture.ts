/** Streams of change sets: sent whole, or piece by piece while the answers come. */
import http from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterTest, eventually } from './lifetime.fixture.js';

export const NDJSON = 'application/x-ndjson';

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers as they know them to be
export type StreamAnswer = any;

/** A line of a stream with one change of `orders` on `main`. */
export function orderLine(more: object = {}, by = 1): string {
  return JSON.stringify({ dashboard: 'main', changes: [{ counter: 'orders', by }], ...more });
}

/** So many lines that each add an order under a key of its own. */
export function keyedLines(count: number, prefix = 'k'): string[] {
  return Array.from({ length: count }, (_, index) => orderLine({ key: `${prefix}-${index}` }));
}

/** Sends a whole stream. */
export async function postStream(
  url: string,
  body: string | Buffer | readonly string[],
  headers: Readonly<Record<string, string>> = {},
) {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : body.map((line) => `${line}\n`).join('');
  const zipped = headers['Content-Encoding'] === 'gzip' && !Buffer.isBuffer(body) ? gzipSync(bytes) : bytes;
  const response = await fetch(`${url}/changes`, {
    method: 'POST',
    body: zipped,
    headers: { 'Content-Type': NDJSON, ...headers },
  });
  const text = await response.text();
  const lines = response.headers.get('content-type') === NDJSON ? text.split('\n').slice(0, -1) : [text];
  const answers: StreamAnswer[] = lines.filter((line) => line !== '').map((line) => JSON.parse(line));
  return { status: response.status, headers: response.headers, text, answers };
}

/** A stream that is under way. */
export class OpenStream {
  readonly answers: StreamAnswer[] = [];
  status = 0;
  /** `whole`: the answer came to its end; `cut`: the connection did. */
  end: 'open' | 'whole' | 'cut' = 'open';
  #text = '';
  #response: http.IncomingMessage | undefined;

  constructor(
    readonly request: http.ClientRequest,
    reading: boolean,
  ) {
    request.on('error', () => (this.end = 'cut'));
    request.on('response', (response) => {
      this.status = response.statusCode ?? 0;
      this.#response = response;
      if (reading) this.read();
    });
    afterTest(() => request.destroy());
  }

  /** Takes the answers, from now on. */
  read(): void {
    this.#response?.setEncoding('utf8');
    this.#response?.on('error', () => (this.end = 'cut'));
    this.#response?.on('end', () => (this.end = 'whole'));
    this.#response?.on('data', (text: string) => {
      const lines = (this.#text + text).split('\n');
      this.#text = lines.pop() ?? '';
      for (const line of lines) this.answers.push(JSON.parse(line));
    });
  }

  send(lines: readonly string[]): void {
    this.request.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Resolves when so many lines are answered. */
  async answered(count: number): Promise<void> {
    await eventually(() => this.answers.length >= count || this.end !== 'open');
  }

  async ended(): Promise<void> {
    await eventually(() => this.end !== 'open');
  }
}

/** Begins a stream. Resolves when the service has begun its answer. */
export async function openStream(
  port: number,
  { reading = true, headers = {} }: { reading?: boolean; headers?: Readonly<Record<string, string>> } = {},
): Promise<OpenStream> {
  const to = { port, host: '127.0.0.1', method: 'POST', path: '/changes', agent: false };
  const request = http.request({ ...to, headers: { 'Content-Type': NDJSON, ...headers } });
  const stream = new OpenStream(request, reading);
  request.flushHeaders();
  await eventually(() => stream.status !== 0 || stream.end !== 'open');
  return stream;
}
