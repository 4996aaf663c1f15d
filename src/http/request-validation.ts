/** What every request passes before it is routed: is it whole, is there time for it, is its body one that is read here? */
import express, { type NextFunction, type Request, type Response } from 'express';
import { TallyError } from '../counters/errors.js';
import { findTokenInUrl } from './problem-details.js';
import { REQUEST_ID_HEADER, getRequestId, shouldReturnRequestId } from './request-id.js';

/** What a body may be. */
interface BodyLimits {
  readonly MAX_BODY_BYTES: number;
  readonly BODY_TIMEOUT_MS: number;
}

/**
 * Middleware. A request without a body, the hot one, costs it a few comparisons and no parser.
 * @param isStopping true once no new request is to be taken
 */
export function createRequestValidation(isStopping: () => boolean, limits: BodyLimits) {
  const readBody = createBodyReader(limits);
  return (request: Request, response: Response, next: NextFunction): void => {
    if (shouldReturnRequestId(request)) response.setHeader(REQUEST_ID_HEADER, getRequestId(request));
    const error = findRequestError(request, isStopping() && !isHealthCheck(request));
    if (error) next(error);
    else if (hasBody(request) && !isBulkRequest(request)) readBody(request, response, next);
    else next();
  };
}

function findRequestError(
  { headers, httpVersionMajor, httpVersionMinor, url }: Request,
  isStopping: boolean,
): TallyError | undefined {
  if (isStopping) return new TallyError('stopping', 'this instance is stopping and takes no new requests');
  if (headers.host === undefined && httpVersionMinor > 0) {
    return new TallyError('invalid-request', 'an HTTP/1.1 request has a Host header (RFC 9112, 3.2)');
  }
  // The parser takes a request line without a version for one of HTTP/0.9, and reads headers behind it all the same.
  if (httpVersionMajor !== 1)
    return new TallyError('invalid-request', 'the request is not one of HTTP/1.0 or HTTP/1.1');
  if (!url.startsWith('/') && !/^(\*$|https?:\/\/)/i.test(url)) {
    return new TallyError('invalid-request', 'the address is neither a path nor begins with http:// or https://');
  }
  const tokenError = findTokenInUrl(url);
  if (tokenError) return tokenError;
  if (url.includes('%') && !isDecodable(url)) {
    return new TallyError('invalid-request', 'the address has a "%" that is not followed by a valid UTF-8 escape');
  }
  return undefined;
}

/** Who asks whether this instance is alive or ready is told so until its end. */
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

function hasBody({ headers }: Request): boolean {
  const length = headers['content-length'];
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined;
}

/** The one route that reads its body itself, line by line. */
function isBulkRequest({ method, path }: Request): boolean {
  return method === 'POST' && path === '/changes';
}

function createBodyReader({ MAX_BODY_BYTES: maxBytes, BODY_TIMEOUT_MS: timeoutMs }: BodyLimits) {
  const readJson = express.json({ limit: maxBytes, strict: false, type: () => true });
  return (request: Request, response: Response, next: NextFunction): void => {
    // Express would answer only once all of it had come.
    if (Number(request.headers['content-length']) > maxBytes) {
      next(createBodySizeError(maxBytes));
    } else if (request.is('json')) {
      const proceed = (error?: unknown): void => next(isBodySizeError(error) ? createBodySizeError(maxBytes) : error);
      readJson(request, response, withBodyTimeout(response, proceed, timeoutMs));
    } else {
      const detail = 'a body is read as JSON here: say Content-Type: application/json, or send none';
      next(new TallyError('unsupported-media-type', detail));
    }
  };
}

function createBodySizeError(maxBytes: number): TallyError {
  return new TallyError('body-too-large', `the body must be at most ${maxBytes} bytes`);
}

/** The parser finds out about a body without a length while it reads it, and does not name the limit. */
function isBodySizeError(error: unknown): boolean {
  return error instanceof Error && 'type' in error && error.type === 'entity.too.large';
}

/** Goes on once: when the body is read, or when it has taken too long. The connection is of no use then. */
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
