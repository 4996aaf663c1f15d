/** Responds with a problem to every exception of a handler or Express. The only place that maps errors to statuses. */
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type ErrorCode, TallyError } from '../counters/errors.js';
import { sendProblem } from './problem-details.js';

/** Error codes for the statuses that Express and its body parser throw. */
const CODES_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid-request',
  413: 'body-too-large',
  415: 'unsupported-media-type',
};

@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    sendProblem(response, normalizeException(exception, request));
  }
}

function normalizeException(exception: unknown, request: Request): TallyError {
  if (exception instanceof TallyError) return exception;
  if (exception instanceof NotFoundException) return toRoutingError(request);
  const code = exception instanceof HttpException ? CODES_BY_STATUS[exception.getStatus()] : undefined;
  if (code && exception instanceof Error) return new TallyError(code, exception.message);
  return new TallyError('internal-error', 'the request could not be completed', { cause: exception });
}

/** Returns 405 if the path has routes for other methods, in any controller, else 404. */
function toRoutingError({ app, path, method }: Request): TallyError {
  const { stack } = app.router as unknown as { stack: readonly RouterLayer[] };
  const methods = stack.flatMap((layer) => (layer.route && layer.match(path) ? Object.keys(layer.route.methods) : []));
  if (methods.length === 0) return new TallyError('unknown-route', `no route matches ${path}`);
  const allow = [...new Set(methods.map((name) => name.toUpperCase()))];
  return new TallyError('method-not-allowed', `${path} does not support ${method}`, { allow });
}

interface RouterLayer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}
