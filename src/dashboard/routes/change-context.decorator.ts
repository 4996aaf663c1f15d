/** `@ChangeContext()`: who sends a change, under which key, and the response that tells whether it was replayed. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { getActorName } from '../../auth/authorizer.js';
import { readIdempotencyKey } from './idempotency-key.decorator.js';

export interface ChangeContext {
  /** Absent for an anonymous client. */
  readonly who?: string;
  readonly key?: string;
  readonly response: Response;
}

export const ChangeContext = createParamDecorator((_: unknown, context: ExecutionContext): ChangeContext => {
  const http = context.switchToHttp();
  const request = http.getRequest<Request>();
  const [who, key] = [getActorName(request), readIdempotencyKey(request)];
  return {
    ...(who !== undefined && { who }),
    ...(key !== undefined && { key }),
    response: http.getResponse<Response>(),
  };
});
