/** A reader of the ledger as server-sent events that records every entry, id and comment. */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';
import type { StreamedChange } from '../../src/client/client.js';
import { ChangeSignal } from './change-signal.js';
import { afterTest } from './cleanup.js';
import { checkFrame, checkIncomingMessage } from './response-check.js';

/** Longest event that is validated: entries of a thousand changes take 100 ms each. */
const MAX_CHECKED_LENGTH = 10_000;
/** Characters of the stream that are kept. */
const TEXT_LENGTH = 10_000;

export class LedgerReader {
  readonly entries: StreamedChange[] = [];
  readonly ids: (string | undefined)[] = [];
  readonly comments: string[] = [];
  readonly retries: number[] = [];
  /** The end of what has arrived. */
  text = '';
  /** End of the stream: `complete` if the server ended it properly, otherwise `cut`; undefined while open. */
  endedAs: 'complete' | 'cut' | undefined;
  readonly #changes = new ChangeSignal();

  constructor(readonly response: IncomingMessage) {
    const parser = createParser({
      onEvent: ({ id, data }) => {
        if (data.length <= MAX_CHECKED_LENGTH) checkFrame(data, 'ledger');
        this.entries.push(JSON.parse(data) as StreamedChange);
        this.ids.push(id);
      },
      onComment: (comment) => this.comments.push(comment),
      onRetry: (retry) => this.retries.push(retry),
      onError: (error) => {
        throw error;
      },
    });
    response.setEncoding('utf8').on('error', () => {});
    response.on('data', (text: string) => {
      this.text = (this.text + text).slice(-TEXT_LENGTH);
      parser.feed(text);
      this.#changes.notify();
    });
    response.on('close', () => {
      this.endedAs = response.complete ? 'complete' : 'cut';
      this.#changes.notify();
    });
  }

  get revisions(): number[] {
    return this.entries.map(({ revision }) => revision);
  }

  /** Resolves when the condition holds. Checks it now, after each piece that arrives, and at the end. */
  async waitFor(condition: (reader: this) => boolean): Promise<void> {
    while (!condition(this)) await this.#changes.next();
  }

  /** Resolves when the entry of this revision has arrived. */
  waitForRevision(revision: number): Promise<void> {
    return this.waitFor(({ entries }) => (entries.at(-1)?.revision ?? 0) >= revision);
  }

  /** Resolves when the stream has ended. */
  waitForEnd(): Promise<void> {
    return this.waitFor(({ endedAs }) => endedAs !== undefined);
  }
}

/** Opens a stream. It is closed after the test. @param url of the dashboard, with or without a query */
export async function readLedgerStream(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<LedgerReader> {
  const [path = '', query] = url.split('?');
  const address = `${path}/changes${query === undefined ? '' : `?${query}`}`;
  // Not `fetch`: on abort it opens one more connection, which the server then waits for.
  const request = http.get(address, { headers: { Accept: 'text/event-stream', ...headers }, agent: false });
  afterTest(() => request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  checkIncomingMessage({ method: 'GET', path: request.path }, response, Number(new URL(url).port));
  return new LedgerReader(response);
}

/** The numbers from `first` to `last`. */
export function listRevisions(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
