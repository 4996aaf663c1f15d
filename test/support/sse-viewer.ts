/** A viewer on a stream of server-sent events: keeps all that comes, follows the state, and waits for what a test expects. */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { createParser } from 'eventsource-parser';
import type { LiveMessage } from '../../src/protocol/live-messages.js';
import { checkFrame, checkResponse } from './response-check.js';
import { afterTest } from './cleanup.js';
import { followV1, type Sight } from './websocket-viewer.js';

export class StreamClient {
  readonly messages: LiveMessage[] = [];
  /** The id of each message, as it was written. */
  readonly ids: (string | undefined)[] = [];
  readonly comments: string[] = [];
  readonly retries: number[] = [];
  readonly sights: Sight[] = [];
  /** How it ended: `whole` when the server ended it in good order. */
  ended: 'whole' | 'cut' | undefined;
  readonly #waiting = new Set<() => void>();

  /** @param sight what the client has from an earlier stream */
  constructor(
    readonly response: IncomingMessage,
    private readonly sight?: Sight,
  ) {}

  get last(): LiveMessage | undefined {
    return this.messages.at(-1);
  }

  read(): void {
    const parser = createParser({
      onEvent: ({ id, data }) => {
        checkFrame(data, 'events');
        const message = JSON.parse(data) as LiveMessage;
        this.messages.push(message);
        this.ids.push(id);
        const sight = followV1(message, this.sights.at(-1) ?? this.sight);
        if (sight) this.sights.push(sight);
      },
      onComment: (comment) => this.comments.push(comment),
      onRetry: (retry) => this.retries.push(retry),
      onError: (error) => {
        throw error;
      },
    });
    this.response.setEncoding('utf8').on('error', () => {});
    this.response.on('data', (text: string) => {
      parser.feed(text);
      this.#look();
    });
    this.response.on('close', () => {
      this.ended = this.response.complete ? 'whole' : 'cut';
      this.#look();
    });
  }

  /** Resolves when the condition holds, looking after each piece and at the end. */
  async until(condition: (client: this) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Resolves when the client sees these values, among others. */
  async untilSees(counters: Readonly<Record<string, number>>): Promise<void> {
    await this.until(({ sights }) =>
      Object.entries(counters).every(([name, value]) => sights.at(-1)?.counters[name] === value),
    );
  }

  #look(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/**
 * Opens a stream.
 * @param sight what the client has, when the headers say so by `Last-Event-ID`
 * @param ca the certificate that the server has to have, over TLS
 */
export async function openStream(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  sight?: Sight,
  ca?: Buffer,
): Promise<StreamClient> {
  // Not `fetch`: when it is aborted it connects once more, and the server waits for that connection.
  const options = { headers: { Accept: 'text/event-stream', ...headers }, agent: false };
  const request = ca ? https.get(url, { ...options, ca }) : http.get(url, options);
  afterTest(() => request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  checkResponse({ method: 'GET', path: request.path }, response, Number(new URL(url).port));
  const client = new StreamClient(response, sight);
  client.read();
  return client;
}
