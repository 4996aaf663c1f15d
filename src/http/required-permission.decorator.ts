/** `@RequirePermission()`: the permission of a route, which the guard enforces and the documents show. */
import { SetMetadata } from '@nestjs/common';

/** Rights, each with those before it: watch and read, change counts, define and delete. */
export const ROLES = ['read', 'write', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What a request has to be allowed. */
export interface RoutePermission {
  /** `none`: anybody may, from anywhere. */
  readonly role: Role | 'none';
  /**
   * The dashboards that the right has to hold for: the one that the path names as `:dashboard` when absent; `main`; `some`, whichever,
   * where the handler looks at each; `all`, where all are told of at once.
   */
  readonly scope?: 'main' | 'some' | 'all';
  /** True where a ticket will do in place of a token: for watching. */
  readonly acceptsTicket?: boolean;
}

/** Metadata of a handler: its {@link RoutePermission}. */
export const REQUIRED_PERMISSION = 'tallyboard:required-permission';

/** Declares the permission of a route. A handler without one answers no request. */
export function RequirePermission(permission: RoutePermission): MethodDecorator {
  return SetMetadata(REQUIRED_PERMISSION, permission);
}
