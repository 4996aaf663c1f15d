/** `@RequirePermission()`: the permission of a route, which the guard enforces and the documents show. */
import { SetMetadata } from '@nestjs/common';

/** Roles. Each includes those before it: watch and read; change counters; create and delete dashboards and counters. */
export const ROLES = ['read', 'write', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface RoutePermission {
  /** Required role. `none`: every request is allowed, from any origin. */
  readonly role: Role | 'none';
  /**
   * Dashboards that the role must cover. Absent: the `:dashboard` of the path, or all if the path has none. `some`: any
   * dashboard, and the handler checks each one. `all`: every dashboard.
   */
  readonly scope?: 'main' | 'some' | 'all';
  /** True if a ticket is accepted instead of a token, for watching. */
  readonly acceptsTicket?: boolean;
}

/** Metadata of a handler: its {@link RoutePermission}. */
export const REQUIRED_PERMISSION = 'tallyboard:required-permission';

/** Declares the permission of a route. A handler without one answers no request. */
export function RequirePermission(permission: RoutePermission): MethodDecorator {
  return SetMetadata(REQUIRED_PERMISSION, permission);
}
