/** Authorizes requests: one decision for routes, WebSocket upgrades and streams. */
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { ChangeSet } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import type { Role } from '../http/required-permission.decorator.js';
import { Authenticator } from './authenticator.js';
import { OriginPolicy } from './origin-policy.js';
import { type Permission, type Principal, findGrantedDashboards, findDenialCode, toSender } from './principal.js';

/** Property of a request that holds its principal. */
const PRINCIPAL_KEY = Symbol('principal');

interface AuthorizedRequest extends IncomingMessage {
  [PRINCIPAL_KEY]?: Principal;
}

@Injectable()
export class Authorizer {
  constructor(
    private readonly originPolicy: OriginPolicy,
    private readonly authenticator: Authenticator,
    private readonly clock: Clock,
  ) {}

  /**
   * Authenticates a request, checks its permission, and stores the principal with the request. Resolves later only
   * where {@link Authenticator.authenticate} does.
   * @param acceptsTicket true if a ticket (`?ticket=`) is accepted instead of a token
   * @throws TallyError `host-not-allowed`, `origin-not-allowed`, `token-required`, `token-invalid`,
   *   `ticket-invalid`, `forbidden`, `too-many-failures`, `issuer-unavailable`
   */
  authorize(request: AuthorizedRequest, permission: Permission, acceptsTicket = false): Principal | Promise<Principal> {
    this.originPolicy.assertAllowed(request);
    const principal = this.authenticator.authenticate(request, acceptsTicket);
    return principal instanceof Promise
      ? principal.then((authenticated) => this.#admit(request, authenticated, permission))
      : this.#admit(request, principal, permission);
  }

  /**
   * @throws TallyError `token-required`, `token-invalid` or `forbidden` if a principal lacks a permission or has
   *   expired
   */
  assertAllowed(principal: Principal, permission: Permission): void {
    const denial = this.findDenial(principal, permission);
    if (denial) throw denial;
  }

  /** Returns the reason why a principal lacks a permission, or undefined. */
  findDenial(principal: Principal, permission: Permission): TallyError | undefined {
    const code = findDenialCode(permission, principal, this.authenticator.anonymous, this.clock.now());
    return code && new TallyError(code, DENIAL_DETAILS[code](permission));
  }

  #admit(request: AuthorizedRequest, principal: Principal, permission: Permission): Principal {
    this.assertAllowed(principal, permission);
    request[PRINCIPAL_KEY] = principal;
    return principal;
  }

  findGrantedDashboards(principal: Principal, role: Role): ReadonlySet<string> | 'all' {
    return findGrantedDashboards(role, principal, this.authenticator.anonymous);
  }
}

const DENIAL_DETAILS = {
  'token-required': ({ role }: Permission) => `a token with the right "${role}" is required`,
  'token-invalid': () => 'the token has expired',
  forbidden: ({ role, scope }: Permission) => `the token lacks the right "${role}"${formatScope(scope)}`,
} as const;

function formatScope(scope: Permission['scope']): string {
  if (scope === 'some') return '';
  return scope === 'all' ? ' for all dashboards' : ` for dashboard ${scope.dashboard}`;
}

/** Returns the principal of an authorized request. @throws Error if its route requires no permission */
export function getPrincipal(request: AuthorizedRequest): Principal {
  const principal = request[PRINCIPAL_KEY];
  if (!principal) throw new Error('the request has not been authorized');
  return principal;
}

/** Returns who sends a change: see {@link toSender}. */
export function getSender(request: IncomingMessage): Pick<ChangeSet, 'who' | 'owner'> {
  return toSender(getPrincipal(request));
}

/** Returns the name of a request's principal, for the ledger. Undefined if it is anonymous. */
export function getActorName(request: IncomingMessage): string | undefined {
  return getPrincipal(request).name;
}
