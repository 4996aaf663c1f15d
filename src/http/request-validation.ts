/** Checks each request before it is routed: well formed, in time, and with a body that can be read. */
import express, { type NextFunction, type Request, type Response } from 'express';
import { TallyError } from '../counters/errors.js';
import { findTokenInUrl } from './problem-details.js';
import { REQUEST_ID_HEADER, getRequestId, shouldReturnRequestId } from './request-id.js';

/** Limits of a body that is read whole. */
interface BodyLimits {
  readonly MAX_BODY_BYTES: number;
  readonly BODY_TIMEOUT_MS: number;
}

/**
 * Returns the middleware. A request without a body, the hot path, costs a few comparisons and no parser.
 * @param isStopping true once new requests are refused
 */
export function createRequestValidation(isStopping: () => boolean, limits: BodyLimits) {
  const readBody = createBodyReader(limits);
  return (request: Request, response: Response, next: NextFunction): void => {
    if (shouldReturnRequestId(request)) response.setHeader(REQUEST_ID_HEADER, getRequestId(request));
    const error = findRequestError(request, isStopping() && !isHealthCheck(request));
    if (error) next(error);
    else if (hasBody(request) && !readsOwnBody(request)) readBody(request, response, next);
    else next();
  };
}

function findRequestError(
  { headers, httpVersionMajor, httpVersionMinor, url }: Request,
  isStopping: boolean,
): TallyError | undefined {
  if (isStopping) return new TallyError('stopping', 'this instance is shutting down and accepts no new requests');
  if (headers.host === undefined && httpVersionMinor > 0) {
    return new TallyError('invalid-request', 'an HTTP/1.1 request must have a Host header (RFC 9112, 3.2)');
  }
  // The parser treats a request line without a version as HTTP/0.9, and still reads headers after it.
  if (httpVersionMajor !== 1) return new TallyError('invalid-request', 'the protocol must be HTTP/1.0 or HTTP/1.1');
  const tokenError = findTokenInUrl(url);
  if (tokenError) return tokenError;
  if (url.includes('%') && !isDecodable(url)) {
    return new TallyError('invalid-request', 'the URL has a "%" that is not followed by a valid UTF-8 escape');
  }
  return undefined;
}

/** Health checks are answered until the process ends. */
function isHealthCheck({ path }: Request): boolean {
  return path.startsWith('/health/');
}

function isDecodable(url: string): boolean {
  try {
    decodeURI(url);
    return true;
  } catch {
    return false;
  }
}

export function hasBody({ headers }: Request): boolean {
  const length = headers['content-length'];
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined;
}

/** The past of a dashboard. */
const HISTORY_PATH = /^\/dashboards\/[^/]+\/history$/;

/** Routes that read their body themselves: bulk uploads line by line, and hooks, whose signatures cover the bytes. */
function readsOwnBody({ method, path }: Request): boolean {
  return method === 'POST' && (path === '/changes' || path.startsWith('/hooks/') || HISTORY_PATH.test(path));
}

/** Largest body of a definition, bytes: 1,000 counters and 100 measures with everything that they may have. */
const MAX_DEFINITION_BYTES = 2 ** 20;

function isDefinition({ method, path }: Request): boolean {
  return (method === 'PUT' || method === 'PATCH') && path.startsWith('/dashboards/');
}

function createBodyReader({ MAX_BODY_BYTES, BODY_TIMEOUT_MS: timeoutMs }: BodyLimits) {
  const createReader = (maxBytes: number) => ({
    maxBytes,
    readJson: express.json({ limit: maxBytes, strict: false, type: () => true }),
  });
  const reader = createReader(MAX_BODY_BYTES);
  const definitionReader = createReader(Math.max(MAX_BODY_BYTES, MAX_DEFINITION_BYTES));
  return (request: Request, response: Response, next: NextFunction): void => {
    const { maxBytes, readJson } = isDefinition(request) ? definitionReader : reader;
    // Express would refuse only after the whole body has arrived.
    if (Number(request.headers['content-length']) > maxBytes) {
      next(createBodySizeError(maxBytes));
    } else if (request.is('json') || (request.method === 'PATCH' && request.is('application/merge-patch+json'))) {
      const proceed = (error?: unknown): void => next(isBodySizeError(error) ? createBodySizeError(maxBytes) : error);
      readJson(request, response, withBodyTimeout(response, proceed, timeoutMs));
    } else {
      const detail = 'the body must be JSON: send Content-Type: application/json, or no body';
      next(new TallyError('unsupported-media-type', detail));
    }
  };
}

function createBodySizeError(maxBytes: number): TallyError {
  return new TallyError('body-too-large', `the body must be at most ${maxBytes} bytes`);
}

/** True for the error of Express about a body without Content-Length, whose message does not name the limit. */
function isBodySizeError(error: unknown): boolean {
  return error instanceof Error && 'type' in error && error.type === 'entity.too.large';
}

/** Calls `next` once: when the body has been read, or after the timeout. The connection cannot be reused then. */
function withBodyTimeout(response: Response, next: NextFunction, timeoutMs: number): NextFunction {
  let isPending = true;
  const proceed = (error?: unknown): void => {
    if (!isPending) return;
    isPending = false;
    clearTimeout(timer);
    next(error);
  };
  const timer = setTimeout(() => {
    response.shouldKeepAlive = false;
    proceed(new TallyError('request-timeout', `the body took longer than ${timeoutMs / 1_000} s to arrive`));
  }, timeoutMs);
  return proceed;
}
