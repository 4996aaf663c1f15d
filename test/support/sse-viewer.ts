/** A viewer over server-sent events that records every message and state. */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { createParser } from 'eventsource-parser';
import type { LiveMessage } from '../../src/protocol/live-messages.js';
import type { ViewerState } from '../harness/viewer-state.js';
import { checkFrame, checkIncomingMessage } from './response-check.js';
import { afterTest } from './cleanup.js';
import { followMessages, RecordingViewer } from './recording-viewer.js';

export class SseViewer extends RecordingViewer {
  readonly messages: LiveMessage[] = [];
  /** Event id of each message. */
  readonly ids: (string | undefined)[] = [];
  readonly comments: string[] = [];
  readonly retries: number[] = [];
  /** End of the stream: `complete` if the server ended the response properly, otherwise `cut`; undefined while open. */
  endedAs: 'complete' | 'cut' | undefined;

  readonly #follow: (message: LiveMessage) => ViewerState | undefined;

  /** @param initialState state from an earlier stream that this one resumes */
  constructor(
    readonly response: IncomingMessage,
    initialState?: ViewerState,
  ) {
    super();
    this.#follow = followMessages(initialState);
  }

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
        const state = this.#follow(message);
        if (state) this.states.push(state);
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
      this.notify();
    });
    this.response.on('close', () => {
      this.endedAs = this.response.complete ? 'complete' : 'cut';
      this.notify();
    });
  }
}

/**
 * Opens a stream. It is closed after the test.
 * @param initialState state that the headers resume with `Last-Event-ID`
 * @param ca certificate to trust, for a server with TLS
 */
export async function watchSse(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  initialState?: ViewerState,
  ca?: Buffer,
): Promise<SseViewer> {
  // Not `fetch`: on abort it opens one more connection, which the server then waits for.
  const options = { headers: { Accept: 'text/event-stream', ...headers }, agent: false };
  const request = ca ? https.get(url, { ...options, ca }) : http.get(url, options);
  afterTest(() => request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  checkIncomingMessage({ method: 'GET', path: request.path }, response, Number(new URL(url).port));
  const client = new SseViewer(response, initialState);
  client.read();
  return client;
}
