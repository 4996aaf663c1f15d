/** Problems as they travel: the body and headers of an error (RFC 9457), on a response or on a bare socket. */
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, toProblemType, type FieldError, TallyError } from '../counters/errors.js';
import { REQUEST_ID_HEADER, getRequestId } from './request-id.js';
import { type RequestRefused, events } from '../telemetry/events.js';

/** The body of an error: the members of RFC 9457, the code of the catalogue, and what the caller can do. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly remedy: string;
  /** The places of a body, query or header that are wrong. */
  readonly errors?: readonly FieldError[];
  /** Names that are near an unknown one, nearest first. */
  readonly near?: readonly string[];
}

export function toProblemDetails(error: TallyError): ProblemDetails {
  const { status, title, remedy } = error.definition;
  const { code, message: detail, errors, near } = error;
  return {
    type: toProblemType(code),
    title,
    status,
    detail,
    code,
    remedy,
    ...(errors && { errors }),
    ...(near && { near }),
  };
}

/** A token in an address is in logs and histories before it is here: what is wrong with such a request. Costs one look. */
export function findTokenInUrl(url: string): TallyError | undefined {
  if (!/token=/i.test(url)) return undefined;
  const [, query = ''] = url.split(/\?(.*)/s, 2);
  const names = [...new URLSearchParams(query).keys()];
  return names.some((name) => /^(access_|auth_|bearer_)?token$/i.test(name))
    ? new TallyError('token-in-address', 'a token in a query string is not taken')
    : undefined;
}

/** Answers with a problem. When an answer is under way already, all that is left is to cut it. */
export function sendProblem(response: ServerResponse, error: TallyError): void {
  const { req: request, socket } = response;
  const requestId = getRequestId(request);
  publishRefused({ error, request, requestId, socket });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { headers, body } = encodeProblem(error, requestId);
  response.statusCode = error.definition.status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}

/**
 * Answers with a problem on a socket that has no response object, before an upgrade or after a broken request, and closes it.
 * @param request what is refused, where it could be read
 */
export function refuseSocket(socket: Duplex, error: TallyError, request?: IncomingMessage): void {
  const requestId = request ? getRequestId(request) : randomUUID();
  publishRefused({ error, request, requestId, socket });
  // Node gives such a socket away without a listener, and a client may reset it before the answer is written.
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { headers, body } = encodeProblem(error, requestId);
  const { status } = error.definition;
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}

function publishRefused(refused: RequestRefused): void {
  if (events.requestRefused.hasSubscribers) events.requestRefused.publish(refused);
}

function encodeProblem(error: TallyError, requestId: string): { headers: Record<string, string>; body: string } {
  const body = JSON.stringify(toProblemDetails(error));
  const retryAfterS = error.retryAfterS ?? error.definition.retryAfterS;
  const headers = {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    [REQUEST_ID_HEADER]: requestId,
    ...(retryAfterS !== undefined && { 'Retry-After': String(retryAfterS) }),
    ...(error.definition.status === 401 && { 'WWW-Authenticate': formatChallenge(error.code) }),
    ...(error.code === 'forbidden' && { 'WWW-Authenticate': 'Bearer realm="tallyboard", error="insufficient_scope"' }),
    ...(error.allow && { Allow: error.allow.join(', ') }),
    ...(error.code === 'stopping' && { Connection: 'close' }),
    ...(error.replayed && { 'Idempotent-Replayed': 'true' }),
    ...(error.code === 'upgrade-required' && { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }),
  };
  return { headers, body };
}

/** How to ask again (RFC 6750, 3): without a reason when no token was shown. */
function formatChallenge(code: ErrorCode): string {
  return `Bearer realm="tallyboard"${code === 'token-required' ? '' : ', error="invalid_token"'}`;
}
