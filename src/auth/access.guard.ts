/** Holds every request to the right that its route asks for. */
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type RouteHandler, findPermission, type RoutePermission } from '../http/required-permission.decorator.js';
import { Authorizer } from './authorizer.js';
import { ChangeRateLimit } from './change-rate-limit.js';
import type { Permission } from './principal.js';

@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly rateLimit: ChangeRateLimit,
  ) {}

  /** @throws TallyError as `Access.admit` and `ChangeLimit.spend` */
  canActivate(context: ExecutionContext): true | Promise<true> {
    const route = findPermission(context.getHandler() as RouteHandler);
    if (!route) throw new Error(`${context.getClass().name}.${context.getHandler().name} does not say what it needs`);
    if (route.role === 'none') return true;
    const request = context.getArgByIndex<Request>(0);
    const authorized = this.authorizer.authorize(
      request,
      toPermission(route, route.role, request),
      route.acceptsTicket,
    );
    return authorized instanceof Promise
      ? authorized.then(() => this.#consumeRateLimit(route, context))
      : this.#consumeRateLimit(route, context);
  }

  /** A stream of changes is held back as it goes. */
  #consumeRateLimit({ role, scope }: RoutePermission, context: ExecutionContext): true {
    if (role === 'write' && scope !== 'some') {
      this.rateLimit.consume(context.getArgByIndex<Request>(0), context.getArgByIndex<Response>(1));
    }
    return true;
  }
}

/** Of a route that names no dashboard, the right has to hold for all. */
function toPermission({ scope }: RoutePermission, role: Permission['role'], { params }: Request): Permission {
  if (scope === 'main') return { role, scope: { dashboard: 'main' } };
  if (scope !== undefined) return { role, scope };
  const { dashboard } = params;
  return { role, scope: typeof dashboard === 'string' ? { dashboard } : 'all' };
}
