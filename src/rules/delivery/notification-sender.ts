/** Sends one notification by HTTP, once. */
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { VERSION } from '../../config/version.js';
import { type AddressPolicy, getPort } from './address-policy.js';
import { AnswerTimeoutError, describeFailure } from './failure-reason.js';

export interface Notification {
  readonly url: string;
  /** Content type, and signature if there is one. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * `answered`: the receiver sent a status, whichever, a redirect too. `failed`: it sent none; the reason is for people
 * and contains nothing of the URL but its host.
 */
export type SendResult =
  | { readonly kind: 'answered'; readonly status: number; readonly tookMs: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly tookMs: number };

export interface SenderOptions {
  /** Time for name, connection and the whole answer. */
  readonly timeoutMs?: number;
  /** Certificate authorities to trust instead of the public ones. */
  readonly ca?: Buffer;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1_024;

/**
 * Sends notifications with a POST. Redirects are not followed, because they would lead past the check of the URL; the
 * proxy of the environment is not used, because it would resolve the name itself. Own agents without a proxy ensure
 * that: the global ones use it with NODE_USE_ENV_PROXY. Connections are not kept, so every attempt checks the name.
 */
export class NotificationSender {
  readonly #policy: AddressPolicy;
  readonly #timeoutMs: number;
  readonly #httpAgent = new HttpAgent({ keepAlive: false });
  readonly #httpsAgent: HttpsAgent;

  constructor(policy: AddressPolicy, { timeoutMs = TIMEOUT_MS, ca }: SenderOptions = {}) {
    this.#policy = policy;
    this.#timeoutMs = timeoutMs;
    this.#httpsAgent = new HttpsAgent({ keepAlive: false, ...(ca && { ca }) });
  }

  /**
   * Sends a notification and waits for the answer. The status counts once it has arrived, even if the rest of the
   * answer is too long, too slow or cut off.
   * @param signal ends the attempt, which then has failed unless the status has arrived
   */
  async send(notification: Notification, signal: AbortSignal): Promise<SendResult> {
    const startedMs = performance.now();
    const outcome = await this.#attempt(notification, signal);
    const tookMs = Math.round(performance.now() - startedMs);
    return typeof outcome === 'number'
      ? { kind: 'answered', status: outcome, tookMs }
      : { kind: 'failed', reason: outcome, tookMs };
  }

  /** Returns the status, or the reason of the failure. */
  async #attempt({ url: text, headers, body }: Notification, signal: AbortSignal): Promise<number | string> {
    // Once more, because NOTIFY_ALLOW may have changed since the rule was made.
    const fault = this.#policy.findUrlFault(text);
    if (fault !== undefined) return `the URL ${fault}`;
    const url = new URL(text);
    const isTls = url.protocol === 'https:';
    const request = (isTls ? requestHttps : requestHttp)(url, {
      method: 'POST',
      agent: isTls ? this.#httpsAgent : this.#httpAgent,
      lookup: this.#policy.createLookup(getPort(url)),
      headers: { 'user-agent': `Tallyboard/${VERSION}`, ...headers, 'content-length': Buffer.byteLength(body) },
      signal,
    });
    const timer = setTimeout(() => {
      request.destroy(new AnswerTimeoutError(`${url.host} did not answer within ${this.#timeoutMs / 1_000} s`));
    }, this.#timeoutMs);
    try {
      request.end(body);
      return await readStatus(request);
    } catch (error) {
      return describeFailure(error as Error, url.host);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Waits until the answer has ended, or its limit is reached. @throws Error if no status arrived */
async function readStatus(request: ClientRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    let status: number | undefined;
    const settle = (error: Error): void => {
      if (status === undefined) reject(error);
      else resolve(status);
    };
    request.on('error', settle);
    // Also ends requests without an answer and without an error, such as those that were answered with an upgrade.
    request.once('close', () => settle(Object.assign(new Error('no answer'), { code: 'ECONNRESET' })));
    request.once('response', (response) => {
      status = response.statusCode;
      discardAnswer(response);
    });
  });
}

/** Reads an answer without keeping it, and closes the connection when the answer exceeds its limit. */
function discardAnswer(response: IncomingMessage): void {
  let readBytes = 0;
  response.on('data', (chunk: Buffer) => {
    readBytes += chunk.length;
    if (readBytes > MAX_ANSWER_BYTES) response.destroy();
  });
  // The status has arrived, so an answer that is cut off is no failure.
  response.on('error', () => undefined);
}
