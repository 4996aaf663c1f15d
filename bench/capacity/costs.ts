/** Unit costs that the capacity formula uses, with their descriptions, and the format of the option `--costs`. */

/** Description and unit of each cost, in display order. */
export const COST_DESCRIPTIONS = {
  frameUs: 'CPU of an instance for a frame to one viewer, us',
  idleUs: 'CPU of an instance for heartbeats and pings of one viewer, us per second',
  changeUs: 'CPU of an instance for a change sent as a request of its own, us',
  lineUs: 'CPU of an instance for a change sent as a line of a stream, us',
  receivedPatchUs: 'CPU of an instance for a patch received from another instance, us',
  instanceMb: 'memory of an instance without viewers, MB',
  viewerKb: 'memory of an instance for each viewer, KB',
  subscriptionKb: 'memory of an instance for each dashboard that it subscribes to, KB',
  redisChangeUs: 'CPU of Redis for a change set with a key, us',
  redisCallUs: 'CPU of Redis for a step, in addition to its change sets, us',
  redisPatchUs: 'CPU of Redis for a patch to one instance, us',
  keyBytes: 'memory of Redis for each idempotency key, bytes',
  entryBytes: 'memory of Redis for each ledger entry, bytes',
  pointBytes: 'memory of Redis for each point of history, bytes',
  dashboardBytes: 'memory of Redis for each idle dashboard of three counters, bytes',
  redisSubscriptionBytes: 'memory of Redis for each subscription of an instance to a dashboard, bytes',
  diskBytes: 'append-only file of Redis for a change set with a key, bytes',
} as const;

export type Costs = Readonly<Record<keyof typeof COST_DESCRIPTIONS, number>>;

export const COST_NAMES = Object.keys(COST_DESCRIPTIONS) as (keyof typeof COST_DESCRIPTIONS)[];

/**
 * Parses the value of `--costs`, `frameUs=9.5,changeUs=70,...`; any cost may be absent.
 * @returns the costs, or the error
 */
export function parseCosts(text: string): Partial<Costs> | string {
  const costs: Partial<Record<keyof typeof COST_DESCRIPTIONS, number>> = {};
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const [name = '', value = ''] = part.split('=', 2);
    const costName = COST_NAMES.find((one) => one === name);
    if (!costName) return `--costs: unknown cost ${name}: use ${COST_NAMES.join(', ')}`;
    if (!/^\d+(\.\d+)?$/.test(value)) return `--costs: ${name}=${value}: must be a number of at least 0`;
    costs[costName] = Number(value);
  }
  return costs;
}

/** Formats costs for `--costs`, each with three significant digits. */
export function formatCosts(costs: Costs): string {
  return COST_NAMES.map((name) => `${name}=${Number(costs[name].toPrecision(3))}`).join(',');
}

export function hasAllCosts(costs: Partial<Costs>): costs is Costs {
  return COST_NAMES.every((name) => costs[name] !== undefined);
}
