/**
 * `@IdempotencyKey()`: the key of a bulk upload, from the `Idempotency-Key` header (IETF
 * draft-ietf-httpapi-idempotency-key-header-07).
 */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { TallyError } from '../../counters/errors.js';

/** Key that a client chooses. */
const IDEMPOTENCY_KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;
/** The same, or one that a bulk upload gives to a line: its own key, a space and the number of the line. */
export const CHANGE_KEY_PATTERN = /^[\x21-\x7e]{1,255}(?: \d{1,16})?$/;
export const IDEMPOTENCY_KEY_RULE = 'must be 1 to 255 visible ASCII characters';
/** A string of structured fields (RFC 9651, 3.3.3): in double quotes, with `"` and `\` escaped. */
const QUOTED_STRING = /^"((?:[^"\\]|\\["\\])*)"$/;

/**
 * Reads the key of a change from the header, with or without quotes: `"k1"` and `k1` are the same key. It may be the
 * key of a line of a bulk upload, which a relay passes on by itself.
 * @returns undefined if the header is absent
 * @throws TallyError `invalid-idempotency-key`
 */
export function readIdempotencyKey({ headers }: Request, pattern = CHANGE_KEY_PATTERN): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  const text = String(header).trim();
  const quoted = QUOTED_STRING.exec(text)?.[1];
  const key = quoted === undefined ? text : quoted.replaceAll(/\\(.)/g, '$1');
  if (pattern.test(key) && (quoted !== undefined || !text.startsWith('"'))) return key;
  throw new TallyError(
    'invalid-idempotency-key',
    'the Idempotency-Key must be one header with 1 to 255 visible ASCII characters, with or without double quotes',
    { errors: [{ header: 'Idempotency-Key', detail: IDEMPOTENCY_KEY_RULE }] },
  );
}

export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readIdempotencyKey(context.switchToHttp().getRequest<Request>(), IDEMPOTENCY_KEY_PATTERN),
);
