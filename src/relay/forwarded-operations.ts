/** The operations that a relay passes on to its upstream as they come, and in whose name. */

/**
 * `caller`: with the `Authorization` of the request: the upstream decides and names the actor. `relay`: with the token
 * of the relay, which has checked the right of the caller by itself: tickets and JWTs of a relay mean nothing above.
 */
export type ForwardedAs = 'caller' | 'relay';

/** Keyed by the `operationId` of the route's documentation. */
export const FORWARDED_OPERATIONS: Readonly<Record<string, ForwardedAs>> = {
  getDashboard: 'relay',
  getMainDashboard: 'relay',
  listCounters: 'relay',
  getCounter: 'relay',
  getDefinition: 'relay',
  getHistory: 'relay',
  getPeriods: 'relay',
  listChanges: 'relay',
  getBadge: 'relay',
  defineDashboard: 'caller',
  updateDashboard: 'caller',
  deleteDashboard: 'caller',
  deleteCounter: 'caller',
  addHistory: 'caller',
  listRules: 'caller',
  getRule: 'caller',
  defineRule: 'caller',
  deleteRule: 'caller',
  testRule: 'caller',
  listDeliveries: 'caller',
  applyHookEvent: 'caller',
  checkHookSender: 'caller',
};

/** Reads of the present. All others may take a while to begin: a past of years, or changes that wait for a disk. */
export const PROMPT_OPERATIONS: ReadonlySet<string> = new Set([
  'getDashboard',
  'getMainDashboard',
  'listCounters',
  'getCounter',
  'getDefinition',
  'getBadge',
]);
