/** Sends errors as problem details (RFC 9457), on a response or on a bare socket. */
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, toProblemType, type FieldError, TallyError } from '../counters/errors.js';
import { REQUEST_ID_HEADER, getRequestId } from './request-id.js';
import { type RequestRefused, events } from '../telemetry/events.js';

/** `Upgrade` needs its name in `Connection` (RFC 9110, 7.8), and a client of HTTP/1.0 needs the close. */
const UPGRADE_HEADERS = { Upgrade: 'websocket', Connection: 'Upgrade, close', 'Sec-WebSocket-Version': '13' };

/** Body of an error response: the members of RFC 9457, the error code and the remedy. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly remedy: string;
  /** Invalid fields of the body, query or headers. */
  readonly errors?: readonly FieldError[];
  /** Existing names that resemble an unknown one, closest first. */
  readonly near?: readonly string[];
  /** The oldest ledger entry that is kept, or the first one to come. */
  readonly oldest?: { readonly epoch: string; readonly revision: number };
}

export function toProblemDetails(error: TallyError): ProblemDetails {
  const { status, title, remedy } = error.definition;
  const { code, message: detail, errors, near, oldest } = error;
  return {
    type: toProblemType(code),
    title,
    status,
    detail,
    code,
    remedy,
    ...(errors && { errors }),
    ...(near && { near }),
    ...(oldest && { oldest }),
  };
}

/**
 * Returns the error for a URL with a token, or undefined. Tokens in URLs end up in logs and browser histories. Costs
 * one pattern match for other URLs.
 */
export function findTokenInUrl(url: string): TallyError | undefined {
  if (!/token=/i.test(url)) return undefined;
  const [, query = ''] = url.split(/\?(.*)/s, 2);
  const names = [...new URLSearchParams(query).keys()];
  return names.some((name) => /^(access_|auth_|bearer_)?token$/i.test(name))
    ? new TallyError('token-in-address', 'the query string contains a token')
    : undefined;
}

/** Body of a problem in another media type. */
interface ProblemPicture {
  readonly type: string;
  readonly text: string;
}

/**
 * Responds with a problem. Destroys the response if its headers have been sent already.
 * @param picture sent in place of the problem document
 */
export function sendProblem(response: ServerResponse, error: TallyError, picture?: ProblemPicture): void {
  const { req: request, socket } = response;
  const requestId = getRequestId(request);
  publishRefused({ error, request, requestId, socket });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { headers, body } = encodeProblem(error, requestId, picture);
  response.statusCode = error.definition.status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}

/**
 * Responds with a problem on a socket without a response object, before an upgrade or after a malformed request, and
 * closes it.
 * @param request the refused request, if it could be parsed
 */
export function refuseSocket(socket: Duplex, error: TallyError, request?: IncomingMessage): void {
  const requestId = request ? getRequestId(request) : randomUUID();
  publishRefused({ error, request, requestId, socket });
  // Node hands over the socket without an error listener, and the client may reset it before the response is written.
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { headers, body } = encodeProblem(error, requestId);
  const { status } = error.definition;
  const lines = Object.entries({ Connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}

function publishRefused(refused: RequestRefused): void {
  if (events.requestRefused.hasSubscribers) events.requestRefused.publish(refused);
}

function encodeProblem(
  error: TallyError,
  requestId: string,
  picture?: ProblemPicture,
): { headers: Record<string, string>; body: string } {
  const body = picture?.text ?? JSON.stringify(toProblemDetails(error));
  const retryAfterS = error.retryAfterS ?? error.definition.retryAfterS;
  const headers = {
    'Content-Type': picture?.type ?? 'application/problem+json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    [REQUEST_ID_HEADER]: requestId,
    ...(retryAfterS !== undefined && { 'Retry-After': String(retryAfterS) }),
    ...(error.definition.status === 401 && { 'WWW-Authenticate': formatChallenge(error.code) }),
    ...(error.code === 'forbidden' && { 'WWW-Authenticate': 'Bearer realm="tallyboard", error="insufficient_scope"' }),
    ...(error.allow && { Allow: error.allow.join(', ') }),
    ...(error.code === 'stopping' && { Connection: 'close' }),
    ...(error.replayed && { 'Idempotent-Replayed': 'true' }),
    ...(error.code === 'upgrade-required' && UPGRADE_HEADERS),
  };
  return { headers, body };
}

/** Returns the challenge (RFC 6750, 3), without an error if the request had no token. */
function formatChallenge(code: ErrorCode): string {
  return `Bearer realm="tallyboard"${code === 'token-required' ? '' : ', error="invalid_token"'}`;
}
