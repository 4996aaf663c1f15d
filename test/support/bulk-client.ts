/** A client of `POST /changes` (NDJSON): streams change sets and collects the answers as they arrive. */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import { checkIncomingMessage } from './response-check.js';
import { afterTest } from './cleanup.js';

export const NDJSON_HEADERS = { 'Content-Type': 'application/x-ndjson' };

interface BulkStream {
  readonly response: IncomingMessage;
  /** Answers received so far, one per line. */
  // oxlint-disable-next-line typescript/no-explicit-any -- each test knows the shape it expects
  readonly answers: any[];
  /** Sends raw text. @returns false when the send buffer is full (backpressure) */
  readonly send: (text: string | Buffer) => boolean;
  /** Ends the request body. */
  readonly end: () => void;
  /** Stops reading the response until `resume`. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Resolves when `count` answers have arrived. @throws Error if the response ends first */
  readonly waitForAnswers: (count: number) => Promise<void>;
  /** Resolves with all answers when the response has ended. */
  readonly readAll: () => Promise<unknown[]>;
  /** Destroys the connection. */
  readonly abort: () => void;
}

/**
 * Opens a stream. Resolves with the response head, which arrives before the first line is sent.
 * @param ca certificate to trust, for a server with TLS
 */
export async function openBulkStream(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  ca?: Buffer,
): Promise<BulkStream> {
  const type = { ...NDJSON_HEADERS, 'Transfer-Encoding': 'chunked' };
  const options = { method: 'POST', agent: false as const, headers: { ...type, ...headers } };
  const address = `${url}/changes`;
  const request = ca ? https.request(address, { ...options, ca }) : http.request(address, options);
  afterTest(() => request.destroy());
  request.on('error', () => {});
  request.flushHeaders();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const checkedRequest = { method: 'POST', path: request.path };
  const port = Number(new URL(url).port);
  checkIncomingMessage(checkedRequest, response, port);
  const answers: unknown[] = [];
  let partialLine = '';
  let wake = (): void => {};
  const stream = { ended: false };
  response.setEncoding('utf8').on('data', (text: string) => {
    const lines = (partialLine + text).split('\n');
    partialLine = lines.pop() ?? '';
    for (const line of lines) {
      checkIncomingMessage(checkedRequest, response, port, line);
      answers.push(JSON.parse(line));
    }
    wake();
  });
  response.on('error', () => {});
  response.on('close', () => {
    stream.ended = true;
    wake();
  });
  const waitForChange = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  return {
    response,
    answers,
    send: (text) => request.write(text),
    end: () => request.end(),
    pause: () => response.pause(),
    resume: () => response.resume(),
    async waitForAnswers(count) {
      while (answers.length < count) {
        if (stream.ended) throw new Error(`the response ended after ${answers.length} answers`);
        await waitForChange();
      }
    },
    async readAll() {
      while (!stream.ended) await waitForChange();
      return answers;
    },
    abort: () => request.destroy(),
  };
}

/** Creates a line that adds 1 to `orders` of `main`. */
export function createOrderLine(fields: Readonly<Record<string, unknown>> = {}): string {
  return `${JSON.stringify({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }], ...fields })}\n`;
}

/** Sends a complete body at once, and reads the whole response. */
export async function postBulkChanges(
  url: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(`${url}/changes`, { method: 'POST', body, headers: { ...NDJSON_HEADERS, ...headers } });
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return { status: response.status, headers: response.headers, answers: lines.map((line) => JSON.parse(line)) };
}
