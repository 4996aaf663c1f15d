/** `@ChangeContext()`: who sends a change, under which key, and the response that tells whether it was replayed. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { getSender } from '../../auth/authorizer.js';
import type { ChangeSet } from '../../counters/counters.js';
import { readIdempotencyKey } from './idempotency-key.decorator.js';

export interface ChangeContext {
  /** Empty for an anonymous client. */
  readonly sender: Pick<ChangeSet, 'who' | 'owner'>;
  readonly key?: string;
  readonly response: Response;
}

export const ChangeContext = createParamDecorator((_: unknown, context: ExecutionContext): ChangeContext => {
  const http = context.switchToHttp();
  const request = http.getRequest<Request>();
  const key = readIdempotencyKey(request);
  return {
    sender: getSender(request),
    ...(key !== undefined && { key }),
    response: http.getResponse<Response>(),
  };
});
