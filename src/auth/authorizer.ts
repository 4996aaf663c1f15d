/** Lets requests in, or says why not: the same decision for the guard of the routes, the upgrade to WebSocket, and streams. */
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { TallyError } from '../counters/errors.js';
import type { Role } from '../http/required-permission.decorator.js';
import { Authenticator } from './authenticator.js';
import { OriginPolicy } from './origin-policy.js';
import { type Permission, type Principal, findGrantedDashboards, findDenialCode } from './principal.js';

/** Where a request keeps who was let in by it. */
const PRINCIPAL_KEY = Symbol('principal');

interface AuthorizedRequest extends IncomingMessage {
  [PRINCIPAL_KEY]?: Principal;
}

@Injectable()
export class Authorizer {
  constructor(
    private readonly originPolicy: OriginPolicy,
    private readonly authenticator: Authenticator,
  ) {}

  /**
   * Authorizes a request and keeps its principal with it.
   * @param acceptsTicket whether a ticket will do (`?ticket=`)
   * @throws TallyError `host-not-allowed`, `origin-not-allowed`, `token-required`, `token-invalid`,
   *   `ticket-invalid`, `forbidden`, `too-many-failures`, `issuer-unavailable`
   */
  async authorize(request: AuthorizedRequest, permission: Permission, acceptsTicket = false): Promise<Principal> {
    this.originPolicy.assertAllowed(request);
    const principal = await this.authenticator.authenticate(request, acceptsTicket);
    this.assertAllowed(principal, permission);
    request[PRINCIPAL_KEY] = principal;
    return principal;
  }

  /** Refuses a principal that may not do this, or no longer. @throws TallyError `token-required`, `token-invalid`, `forbidden` */
  assertAllowed(principal: Principal, permission: Permission): void {
    const denial = this.findDenial(principal, permission);
    if (denial) throw denial;
  }

  /** Why a principal may not do this; undefined when it may. */
  findDenial(principal: Principal, permission: Permission): TallyError | undefined {
    const code = findDenialCode(permission, principal, this.authenticator.anonymous, Date.now());
    return code && new TallyError(code, DENIAL_DETAILS[code](permission));
  }

  /** The dashboards that a principal has a right for. */
  findGrantedDashboards(principal: Principal, role: Role): ReadonlySet<string> | 'all' {
    return findGrantedDashboards(role, principal, this.authenticator.anonymous);
  }
}

const DENIAL_DETAILS = {
  'token-required': ({ role }: Permission) => `the right to ${ROLE_ACTIONS[role]} is not everybody's here`,
  'token-invalid': () => 'the token has expired',
  forbidden: ({ role, scope }: Permission) => `the token has no right to ${ROLE_ACTIONS[role]}${formatScope(scope)}`,
} as const;

const ROLE_ACTIONS: Readonly<Record<Role, string>> = {
  read: 'watch and read',
  write: 'change counts',
  admin: 'define and delete',
};

function formatScope(scope: Permission['scope']): string {
  if (scope === 'some') return '';
  return scope === 'all' ? ' in all dashboards' : ` in dashboard ${scope.dashboard}`;
}

/** Who was let in by a request. @throws Error when nobody was: its route asks for nothing */
export function getPrincipal(request: AuthorizedRequest): Principal {
  const principal = request[PRINCIPAL_KEY];
  if (!principal) throw new Error('nobody was let in by this request');
  return principal;
}

/** The name of who was let in by a request, for the ledger. */
export function getActorName(request: IncomingMessage): string | undefined {
  return getPrincipal(request).name;
}
