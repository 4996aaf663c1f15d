/** `GET /dashboards/:dashboard/access`: what the sender of a request may do, so that clients need not try. */
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiDocs } from '../http/api-docs.decorator.js';
import { type Role, ROLES } from '../http/required-permission.decorator.js';
import { Authorizer, getPrincipal } from './authorizer.js';

/** What a principal may do on a dashboard. */
export interface Access {
  readonly dashboard: string;
  /** The greatest right. Each one includes those before: `read`, `write`, `admin`. */
  readonly right: Role;
  /** Name that the ledger records for the principal. Absent: anonymous. */
  readonly who?: string;
}

@Controller()
export class AccessController {
  constructor(private readonly authorizer: Authorizer) {}

  /** Returns the greatest right on a dashboard, which need not exist: a right may be given before. */
  @Get('dashboards/:dashboard/access')
  @ApiDocs({
    tag: 'Access',
    operationId: 'getAccess',
    summary: 'Read your right on a dashboard',
    description: 'The dashboard need not exist: rights belong to names.',
    role: 'read',
    responses: {
      200: { description: 'The right.', content: { 'application/json': 'Access' }, headers: ['Cache-Control'] },
    },
  })
  read(
    @Param('dashboard') dashboard: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Access {
    const principal = getPrincipal(request);
    const right = ROLES.findLast((role) => !this.authorizer.findDenial(principal, { role, scope: { dashboard } }));
    response.setHeader('Cache-Control', 'no-store');
    return { dashboard, right: right ?? 'read', ...(principal.name !== undefined && { who: principal.name }) };
  }
}
