/** The id of a request, by which its answer and its log lines are found: what it was sent with, or a new one. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The header that carries it, both ways. */
export const REQUEST_ID_HEADER = 'X-Request-Id';
/** Visible ASCII: it is written into headers and logs as it is. */
const VALID_ID = /^[!-~]{1,128}$/;
const ID_KEY = Symbol('request id');

/** A request that knows its id. */
interface RequestWithId extends IncomingMessage {
  [ID_KEY]?: string;
}

/** The id of a request, the same one each time. */
export function getRequestId(request: IncomingMessage): string {
  return ((request as RequestWithId)[ID_KEY] ??= parseRequestId(request) ?? randomUUID());
}

/**
 * Whether an answer that is no problem says the id as well. The header costs 2 us of server CPU, and keeping a new id with the request
 * as much again: a change, which costs 56 us in all, has it only when it was sent with one.
 */
export function shouldReturnRequestId({ method, headers }: IncomingMessage): boolean {
  return (method !== 'POST' && method !== 'DELETE') || headers['x-request-id'] !== undefined;
}

function parseRequestId({ headers }: IncomingMessage): string | undefined {
  const id = headers['x-request-id'];
  return typeof id === 'string' && VALID_ID.test(id) ? id : undefined;
}
