/** A receiver of notifications, which verifies the signature of each. */
import { Webhook } from 'standardwebhooks';
import { startHttpServer } from './http-server.js';

/** The part of a CloudEvent that tests look at. */
export interface ReceivedEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly data: {
    readonly rule: string;
    readonly value: number;
    readonly text: string;
    readonly revision: number;
    readonly epoch: string;
    readonly [member: string]: unknown;
  };
}

export interface NotificationReceiver {
  /** Address for `notify`. */
  readonly url: string;
  /** `NOTIFY_ALLOW` of a service that may notify it. */
  readonly host: string;
  /** Events in the order of arrival, repeated ones too. Only those that were answered with 2xx. */
  readonly events: readonly ReceivedEvent[];
  /** Attempts, whatever they were answered with. */
  readonly attempts: () => number;
  /** Bodies in the order of arrival, of receivers without a secret. */
  readonly bodies: readonly string[];
  /** Status of the next answers; 200 at first. */
  answerWith(status: number): void;
}

/**
 * Starts a receiver. It is closed after the test.
 * @param secret secret of the rule; undefined for Slack
 * @param now the clock of the receiver: it refuses what was signed more than 5 minutes away from it
 */
export async function startReceiver(secret?: string, now: () => number = Date.now): Promise<NotificationReceiver> {
  const events: ReceivedEvent[] = [];
  const bodies: string[] = [];
  let [status, attempts] = [200, 0];
  const { url, port } = await startHttpServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      attempts += 1;
      const isSound = secret === undefined || verify(secret, body, request.headers, now());
      if (isSound && status === 200) {
        if (secret !== undefined) events.push(JSON.parse(body) as ReceivedEvent);
        bodies.push(body);
      }
      response.writeHead(isSound ? status : 401).end();
    });
  });
  return {
    url: `${url}/hooks/secret-path`,
    host: `127.0.0.1:${port}`,
    events,
    bodies,
    attempts: () => attempts,
    answerWith: (next) => void (status = next),
  };
}

/** Compares the signature with that of the library of Standard Webhooks. */
function verify(secret: string, body: string, headers: NodeJS.Dict<string | string[]>, nowMs: number): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  try {
    // The library's own check goes by the clock of this machine.
    const sentAt = new Date(Number(timestamp) * 1_000);
    const isRecent = Math.abs(nowMs - sentAt.getTime()) < 300_000;
    const expected = new Webhook(secret).sign(String(id), sentAt, body);
    return isRecent && signature === expected && (JSON.parse(body) as ReceivedEvent).id === id;
  } catch {
    return false;
  }
}

/** A secret for tests. */
export const RECEIVER_SECRET = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`;
