/** Principals and their permissions: one decision for all kinds of requests. Pure; time is an argument. */
import { type Role, ROLES } from '../http/required-permission.decorator.js';
import type { ChangeSet } from '../counters/counters.js';
import type { ErrorCode } from '../counters/errors.js';

/** A role for certain dashboards. */
export interface Grant {
  readonly role: Role;
  readonly dashboards: ReadonlySet<string> | 'all';
}

/** Authenticated or anonymous sender of a request. */
export interface Principal {
  /** Name for the ledger and the log. Absent: anonymous. */
  readonly name?: string;
  /** Owner of its idempotency keys. Absent: anonymous. */
  readonly keyOwner?: string;
  readonly grants: readonly Grant[];
  /** End of its rights, milliseconds since the Unix epoch. Absent: never. */
  readonly expiresAtMs?: number;
}

/** Permission that a request requires: a role for one dashboard, for any of them, or for all. */
export interface Permission {
  readonly role: Role;
  readonly scope: { readonly dashboard: string } | 'some' | 'all';
}

/** Anonymous principal without rights. */
export const NO_RIGHTS: Principal = { grants: [] };

export function createAnonymous(role: Role): Principal {
  return { grants: [{ role, dashboards: 'all' }] };
}

/** Returns who sends a change: the name for the ledger and the owner of the idempotency key. Empty if anonymous. */
export function toSender({ name, keyOwner }: Principal): Pick<ChangeSet, 'who' | 'owner'> {
  return { ...(name !== undefined && { who: name }), ...(keyOwner !== undefined && { owner: keyOwner }) };
}

/**
 * Decides if a principal has a permission.
 * @param anonymous principal of requests without a token, whose rights every principal has as well
 * @returns the error code if it has not, else undefined
 */
export function findDenialCode(
  { role, scope }: Permission,
  principal: Principal,
  anonymous: Principal,
  nowMs: number,
): Extract<ErrorCode, 'token-required' | 'token-invalid' | 'forbidden'> | undefined {
  if (principal.expiresAtMs !== undefined && principal.expiresAtMs <= nowMs) return 'token-invalid';
  if (hasGrant(principal, role, scope) || hasGrant(anonymous, role, scope)) return undefined;
  return principal === anonymous ? 'token-required' : 'forbidden';
}

/** Returns the dashboards for which any of the principals has a role. */
export function findGrantedDashboards(role: Role, ...principals: readonly Principal[]): ReadonlySet<string> | 'all' {
  const names = new Set<string>();
  for (const grant of principals.flatMap(({ grants }) => grants)) {
    if (!includesRole(grant.role, role)) continue;
    if (grant.dashboards === 'all') return 'all';
    for (const name of grant.dashboards) names.add(name);
  }
  return names;
}

function hasGrant({ grants }: Principal, role: Role, scope: Permission['scope']): boolean {
  for (const grant of grants) {
    if (!includesRole(grant.role, role)) continue;
    if (grant.dashboards === 'all' || scope === 'some') return true;
    if (scope !== 'all' && grant.dashboards.has(scope.dashboard)) return true;
  }
  return false;
}

function includesRole(granted: Role, required: Role): boolean {
  return ROLES.indexOf(granted) >= ROLES.indexOf(required);
}
