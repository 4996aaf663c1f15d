/** A viewer on a stream of server-sent events: keeps all that comes, follows the state, and waits for what a test expects. */
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
  /** The id of each message, as it was written. */
  readonly ids: (string | undefined)[] = [];
  readonly comments: string[] = [];
  readonly retries: number[] = [];
  /** How it ended: `whole` when the server ended it in good order. */
  endedAs: 'complete' | 'cut' | undefined;

  readonly #follow: (message: LiveMessage) => ViewerState | undefined;

  /** @param initialState what the client has from an earlier stream */
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
 * Opens a stream.
 * @param initialState what the client has, when the headers say so by `Last-Event-ID`
 * @param ca the certificate that the server has to have, over TLS
 */
export async function watchSse(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  initialState?: ViewerState,
  ca?: Buffer,
): Promise<SseViewer> {
  // Not `fetch`: when it is aborted it connects once more, and the server waits for that connection.
  const options = { headers: { Accept: 'text/event-stream', ...headers }, agent: false };
  const request = ca ? https.get(url, { ...options, ca }) : http.get(url, options);
  afterTest(() => request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  checkIncomingMessage({ method: 'GET', path: request.path }, response, Number(new URL(url).port));
  const client = new SseViewer(response, initialState);
  client.read();
  return client;
}
