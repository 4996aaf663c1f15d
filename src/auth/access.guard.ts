/** Holds every request to the right that its route asks for. */
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { type Handler, needsOf, type RouteNeeds } from '../http/required-permission.decorator.js';
import { Access } from './authorizer.js';
import { ChangeLimit } from './change-rate-limit.js';
import type { Need } from './principal.js';

@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(Access) private readonly access: Access,
    @Inject(ChangeLimit) private readonly changes: ChangeLimit,
  ) {}

  /** @throws TallyError as `Access.admit` and `ChangeLimit.spend` */
  canActivate(context: ExecutionContext): true | Promise<true> {
    const route = needsOf(context.getHandler() as Handler);
    if (!route) throw new Error(`${context.getClass().name}.${context.getHandler().name} does not say what it needs`);
    if (route.needs === 'nothing') return true;
    const request = context.getArgByIndex<Request>(0);
    const admitted = this.access.admit(request, needOf(route, route.needs, request), route.byTicket);
    return admitted instanceof Promise ? admitted.then(() => this.#spend(route, context)) : this.#spend(route, context);
  }

  /** A stream of changes is held back as it goes. */
  #spend({ needs, of }: RouteNeeds, context: ExecutionContext): true {
    if (needs === 'write' && of !== 'some') {
      this.changes.spend(context.getArgByIndex<Request>(0), context.getArgByIndex<Response>(1));
    }
    return true;
  }
}

/** Of a route that names no dashboard, the right has to hold for all. */
function needOf({ of }: RouteNeeds, role: Need['role'], { params }: Request): Need {
  if (of === 'main') return { role, of: { dashboard: 'main' } };
  if (of !== undefined) return { role, of };
  const { dashboard } = params;
  return { role, of: typeof dashboard === 'string' ? { dashboard } : 'all' };
}
