/** `@Needs()`: the right that a route asks for. The guard holds requests to it, the documents tell it: one statement for both. */

/** Rights, each with those before it: watch and read, change counts, define and delete. */
export const ROLES = ['read', 'write', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** A method of a controller. */
export type RouteHandler = (...args: never[]) => unknown;

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

const PERMISSIONS = new Map<RouteHandler, RoutePermission>();

export function RequirePermission(permission: RoutePermission) {
  return <T extends RouteHandler>(
    _target: object,
    _name: string | symbol,
    { value }: TypedPropertyDescriptor<T>,
  ): void => {
    if (value) PERMISSIONS.set(value, permission);
  };
}

/** What a handler asks for; undefined when nobody has said, and then nobody may. */
export function findPermission(handler: RouteHandler): RoutePermission | undefined {
  return PERMISSIONS.get(handler);
}
