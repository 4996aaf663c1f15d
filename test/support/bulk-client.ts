/** A client of `POST /changes`: sends lines, and gathers the answers as they come. */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { once } from 'node:events';
import { checkIncomingMessage } from './response-check.js';
import { afterTest } from './cleanup.js';

export const NDJSON_HEADERS = { 'Content-Type': 'application/x-ndjson' };

interface BulkStream {
  readonly response: IncomingMessage;
  /** The answers so far. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into them as they know them to be
  readonly answers: any[];
  /** Sends text as it is. @returns false when the connection takes no more for now */
  readonly send: (text: string | Buffer) => boolean;
  /** Says that nothing more is sent. */
  readonly end: () => void;
  /** Stops to read, or goes on. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Resolves when so many answers have come. @throws Error when the answer ends before */
  readonly waitForAnswers: (count: number) => Promise<void>;
  /** Resolves with all answers when the last has come. */
  readonly readAll: () => Promise<unknown[]>;
  /** Cuts the connection. */
  readonly abort: () => void;
}

/**
 * Opens a stream. Resolves when its answer has begun, which is before the first line is sent.
 * @param ca the certificate that the server has to have, over TLS
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
        if (stream.ended) throw new Error(`the answer ended after ${answers.length} lines`);
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

/** A line that adds to `orders` of `main`. */
export function createOrderLine(fields: Readonly<Record<string, unknown>> = {}): string {
  return `${JSON.stringify({ dashboard: 'main', changes: [{ counter: 'orders', by: 1 }], ...fields })}\n`;
}

/** Sends a whole stream at once, and reads all of its answer. */
export async function postBulkChanges(
  url: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(`${url}/changes`, { method: 'POST', body, headers: { ...NDJSON_HEADERS, ...headers } });
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return { status: response.status, headers: response.headers, answers: lines.map((line) => JSON.parse(line)) };
}
