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
  readonly untilMs?: number;
}

/** What a request asks for: a right for one dashboard, for any that there is, or for all. */
export interface Need {
  readonly role: Role;
  readonly of: { readonly dashboard: string } | 'some' | 'all';
}

/** Whoever shows no token, where that is nobody's right. */
export const NOBODY: Principal = { grants: [] };

export function anonymous(role: Role): Principal {
  return { grants: [{ role, dashboards: 'all' }] };
}

/**
 * Whether a principal may do what a request asks for.
 * @param everyone what anybody may, and so the principal too
 * @returns the code of the refusal; undefined when it may
 */
export function refusalOf(
  { role, of }: Need,
  principal: Principal,
  everyone: Principal,
  nowMs: number,
): Extract<ErrorCode, 'token-required' | 'token-invalid' | 'forbidden'> | undefined {
  if (principal.untilMs !== undefined && principal.untilMs <= nowMs) return 'token-invalid';
  if (allows(principal, role, of) || allows(everyone, role, of)) return undefined;
  return principal === everyone ? 'token-required' : 'forbidden';
}

/** The dashboards that a principal may do this with. */
export function reachOf(role: Role, ...principals: readonly Principal[]): ReadonlySet<string> | 'all' {
  const names = new Set<string>();
  for (const grant of principals.flatMap(({ grants }) => grants)) {
    if (!covers(grant.role, role)) continue;
    if (grant.dashboards === 'all') return 'all';
    for (const name of grant.dashboards) names.add(name);
  }
  return names;
}

function allows({ grants }: Principal, role: Role, of: Need['of']): boolean {
  for (const grant of grants) {
    if (!covers(grant.role, role)) continue;
    if (grant.dashboards === 'all' || of === 'some') return true;
    if (of !== 'all' && grant.dashboards.has(of.dashboard)) return true;
  }
  return false;
}

function covers(held: Role, role: Role): boolean {
  return ROLES.indexOf(held) >= ROLES.indexOf(role);
}
