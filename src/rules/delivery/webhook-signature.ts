/** Signs notifications as Standard Webhooks describes (github.com/standard-webhooks/standard-webhooks). */
import { createHmac, randomBytes } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 24;
/** The specification asks for 24 to 64 bytes. */
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

export interface SignedMessage {
  /** The same for all attempts. */
  readonly id: string;
  /** Time of the attempt, in seconds since 1970. Receivers refuse old ones. */
  readonly timestampS: number;
  readonly body: string;
  /** See {@link createSecret}. */
  readonly secret: string;
}

/** Creates a random secret: `whsec_` and base64. */
export function createSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** True if a text is `whsec_` and 24 to 64 bytes in base64, with padding. */
export function isSecret(text: string): boolean {
  if (!text.startsWith(SECRET_PREFIX)) return false;
  const key = decodeSecret(text);
  const isCanonical = SECRET_PREFIX + key.toString('base64') === text;
  return isCanonical && key.length >= MIN_SECRET_BYTES && key.length <= MAX_SECRET_BYTES;
}

/** Returns the value of `webhook-signature`: `v1,` and the HMAC-SHA256 of id, time and body in base64. */
export function sign({ id, timestampS, body, secret }: SignedMessage): string {
  const hmac = createHmac('sha256', decodeSecret(secret)).update(`${id}.${timestampS}.${body}`);
  return `v1,${hmac.digest('base64')}`;
}

/** Returns the three headers of a signed message. */
export function createSignatureHeaders(message: SignedMessage): Record<string, string> {
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestampS),
    'webhook-signature': sign(message),
  };
}

function decodeSecret(secret: string): Buffer {
  return Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
}
