/** What every generated client is given, and what it must return. */

/** A running service, and a dashboard of the client's own. */
export interface Target {
  readonly url: string;
  readonly token: string;
  readonly dashboard: string;
}

/** What a client has counted: it adds an order to `main`, adds 3 orders to its own dashboard, and removes 9. */
export interface Counted {
  /** Orders of its own dashboard. */
  readonly orders: number | undefined;
  /** Orders of `main`. */
  readonly mainOrders: number | undefined;
  /** Code of the problem that removing 9 meets. */
  readonly code: string | undefined;
  /** True if the list of dashboards has its own. */
  readonly isListed: boolean;
}

export const AMOUNT = 3;
export const TOO_MUCH = 9;

/** Headers of every request. The short routes answer with text unless JSON is preferred. */
export function createHeaders(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}`, Accept: 'application/json' };
}
