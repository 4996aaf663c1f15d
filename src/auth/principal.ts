/** Who asks, and what they may: the one decision, for every way in. Pure; time is an argument. */
import { type Role, ROLES } from '../http/required-permission.decorator.js';
import type { ErrorCode } from '../counters/errors.js';

/** One right, for these dashboards. */
export interface Grant {
  readonly role: Role;
  readonly dashboards: ReadonlySet<string> | 'all';
}

/** Somebody who asks. */
export interface Principal {
  /** For the ledger and the log. Absent: nobody in particular. */
  readonly name?: string;
  readonly grants: readonly Grant[];
  /** When it ends, milliseconds since the Unix epoch. Absent: never. */
  readonly expiresAtMs?: number;
}

/** What a request asks for: a right for one dashboard, for any that there is, or for all. */
export interface Permission {
  readonly role: Role;
  readonly scope: { readonly dashboard: string } | 'some' | 'all';
}

/** Whoever shows no token, where that is nobody's right. */
export const NO_RIGHTS: Principal = { grants: [] };

export function createAnonymous(role: Role): Principal {
  return { grants: [{ role, dashboards: 'all' }] };
}

/**
 * Whether a principal may do what a request asks for.
 * @param anonymous what anybody may, and so the principal too
 * @returns the code of the refusal; undefined when it may
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

/** The dashboards that a principal may do this with. */
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
