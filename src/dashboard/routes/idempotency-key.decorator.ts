/**
 * `@IdempotencyKey()`: the value of the `Idempotency-Key` header (IETF draft-ietf-httpapi-idempotency-key-header-07).
 */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { TallyError } from '../../counters/errors.js';

export const IDEMPOTENCY_KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;
export const IDEMPOTENCY_KEY_RULE = 'must be 1 to 255 visible ASCII characters';
/** A string of structured fields (RFC 9651, 3.3.3): in double quotes, with `"` and `\` escaped. */
const QUOTED_STRING = /^"((?:[^"\\]|\\["\\])*)"$/;

/**
 * Reads the header, with or without quotes: `"k1"` and `k1` are the same key.
 * @returns undefined if the header is absent
 * @throws TallyError `invalid-idempotency-key`
 */
export function readIdempotencyKey({ headers }: Request): string | undefined {
  const header = headers['idempotency-key'];
  if (header === undefined) return undefined;
  const text = String(header).trim();
  const quoted = QUOTED_STRING.exec(text)?.[1];
  const key = quoted === undefined ? text : quoted.replaceAll(/\\(.)/g, '$1');
  if (IDEMPOTENCY_KEY_PATTERN.test(key) && (quoted !== undefined || !text.startsWith('"'))) return key;
  throw new TallyError(
    'invalid-idempotency-key',
    'the Idempotency-Key must be one header with 1 to 255 visible ASCII characters, with or without double quotes',
    { errors: [{ header: 'Idempotency-Key', detail: IDEMPOTENCY_KEY_RULE }] },
  );
}

export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext) =>
  readIdempotencyKey(context.switchToHttp().getRequest<Request>()),
);
