/** Holds requests to the query parameters that `@ApiDocs()` declares for their route. */
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { assertKnownParameters } from '../validation/known-parameters.js';
import { listRouteParameters, ROUTE_DOCS, type RouteDocs } from './api-docs.decorator.js';

@Injectable()
export class KnownParametersGuard implements CanActivate {
  /** Known parameters by handler; undefined for a handler that takes any. */
  readonly #parameters = new Map<unknown, ReadonlySet<string> | undefined>();

  constructor(private readonly reflector: Reflector) {}

  /** @throws TallyError `unknown-parameter` */
  canActivate(context: ExecutionContext): true {
    const request = context.getArgByIndex<Request>(0);
    // Most requests have no query: they pay for nothing else.
    if (!request.url.includes('?')) return true;
    const known = this.#findParameters(context.getHandler());
    if (known) assertKnownParameters(Object.keys(request.query), known);
    return true;
  }

  /** A handler without documents hands over to another one, or checks the query itself. */
  #findParameters(handler: ReturnType<ExecutionContext['getHandler']>): ReadonlySet<string> | undefined {
    if (this.#parameters.has(handler)) return this.#parameters.get(handler);
    const docs = this.reflector.get<RouteDocs | undefined>(ROUTE_DOCS, handler);
    const known = docs && !docs.ignoresUnknownParameters ? listRouteParameters(docs) : undefined;
    this.#parameters.set(handler, known);
    return known;
  }
}
