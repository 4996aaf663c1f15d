/** Lets requests in, or says why not: the same decision for the guard of the routes, the upgrade to WebSocket, and streams. */
import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { TallyError } from '../counters/errors.js';
import type { Role } from '../http/required-permission.decorator.js';
import { Credentials } from './authenticator.js';
import { Origins } from './origin-policy.js';
import { type Need, type Principal, reachOf, refusalOf } from './principal.js';

/** Where a request keeps who was let in by it. */
const PRINCIPAL = Symbol('principal');

interface Admitted extends IncomingMessage {
  [PRINCIPAL]?: Principal;
}

@Injectable()
export class Access {
  constructor(
    @Inject(Origins) private readonly origins: Origins,
    @Inject(Credentials) private readonly credentials: Credentials,
  ) {}

  /**
   * Lets a request in, at once where nothing has to be verified first.
   * @param byTicket whether a ticket will do (`?ticket=`)
   * @throws TallyError, or rejects with it: `host-not-allowed`, `origin-not-allowed`, `token-required`, `token-invalid`,
   *   `ticket-invalid`, `forbidden`, `too-many-failures`, `issuer-unavailable`
   */
  admit(request: IncomingMessage, need: Need, byTicket = false): Principal | Promise<Principal> {
    this.origins.check(request);
    const principal = this.credentials.principalOf(request, byTicket);
    return principal instanceof Promise
      ? principal.then((one) => this.#decide(request, need, one))
      : this.#decide(request, need, principal);
  }

  /** Refuses a principal that may not do this, or no longer. @throws TallyError `token-required`, `token-invalid`, `forbidden` */
  check(principal: Principal, need: Need): void {
    const refusal = this.refusalOf(principal, need);
    if (refusal) throw refusal;
  }

  /** Why a principal may not do this; undefined when it may. */
  refusalOf(principal: Principal, need: Need): TallyError | undefined {
    const code = refusalOf(need, principal, this.credentials.everyone, Date.now());
    return code && new TallyError(code, DETAILS[code](need));
  }

  /** The dashboards that a principal has a right for. */
  reachOf(principal: Principal, role: Role): ReadonlySet<string> | 'all' {
    return reachOf(role, principal, this.credentials.everyone);
  }

  #decide(request: Admitted, need: Need, principal: Principal): Principal {
    this.check(principal, need);
    request[PRINCIPAL] = principal;
    return principal;
  }
}

const DETAILS = {
  'token-required': ({ role }: Need) => `the right to ${DOING[role]} is not everybody's here`,
  'token-invalid': () => 'the token has expired',
  forbidden: ({ role, of }: Need) => `the token has no right to ${DOING[role]}${placeOf(of)}`,
} as const;

const DOING: Readonly<Record<Role, string>> = {
  read: 'watch and read',
  write: 'change counts',
  admin: 'define and delete',
};

function placeOf(of: Need['of']): string {
  if (of === 'some') return '';
  return of === 'all' ? ' in all dashboards' : ` in dashboard ${of.dashboard}`;
}

/** Who was let in by a request. @throws Error when nobody was: its route asks for nothing */
export function principalOf(request: Admitted): Principal {
  const principal = request[PRINCIPAL];
  if (!principal) throw new Error('nobody was let in by this request');
  return principal;
}

/** The name of who was let in by a request, for the ledger. */
export function whoOf(request: IncomingMessage): string | undefined {
  return principalOf(request).name;
}
