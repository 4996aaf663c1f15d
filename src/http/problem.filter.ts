/** Responds with a problem to every exception of a handler or Express. The only place that maps errors to statuses. */
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Response } from 'express';
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
    sendProblem(host.switchToHttp().getResponse<Response>(), normalizeException(exception));
  }
}

/** Returns the error of the catalogue that stands for an exception. */
export function normalizeException(exception: unknown): TallyError {
  if (exception instanceof TallyError) return exception;
  const code = exception instanceof HttpException ? CODES_BY_STATUS[exception.getStatus()] : undefined;
  if (code && exception instanceof Error) return new TallyError(code, exception.message);
  return new TallyError('internal-error', 'the request could not be completed', { cause: exception });
}
