/** What one piece of work costs, measured or given: the numbers that capacity.formula.ts computes with. */

/** Each cost with its unit and meaning, in the order in which they are shown. */
export const COST_DESCRIPTIONS = {
  frameUs: 'CPU of an instance for a frame to one viewer, us',
  changeUs: 'CPU of an instance for a change that comes as a request of its own, us',
  lineUs: 'CPU of an instance for a change that comes as a line of a stream, us',
  heardUs: 'CPU of an instance for a patch that it hears of another, us',
  instanceMb: 'memory of an instance that nobody watches, MB',
  viewerKb: 'memory of an instance for a viewer, KB',
  listenedKb: 'memory of an instance for a dashboard that it listens to, KB',
  redisChangeUs: 'CPU of Redis for a change set with a key, us',
  redisStepUs: 'CPU of Redis for a step, whatever it carries, us',
  redisPatchUs: 'CPU of Redis for a patch to one instance, us',
  keyBytes: 'memory of Redis for an idempotency key, bytes',
  entryBytes: 'memory of Redis for an entry of the ledger, bytes',
  pointBytes: 'memory of Redis for a point of the history, bytes',
  dashboardBytes: 'memory of Redis for a dashboard of three counters at rest, bytes',
  listenBytes: 'memory of Redis for a dashboard that an instance listens to, bytes',
  diskBytes: 'what Redis appends to its file for a change set with a key, bytes',
} as const;

export type Costs = Readonly<Record<keyof typeof COST_DESCRIPTIONS, number>>;

export const COST_NAMES = Object.keys(COST_DESCRIPTIONS) as (keyof typeof COST_DESCRIPTIONS)[];

/** As `--costs` takes them: `frameUs=9.5,changeUs=70,...`. Each may be absent. @returns the costs, or what is wrong */
export function parseCosts(text: string): Partial<Costs> | string {
  const costs: Partial<Record<keyof typeof COST_DESCRIPTIONS, number>> = {};
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const [name = '', value = ''] = part.split('=', 2);
    const costName = COST_NAMES.find((one) => one === name);
    if (!costName) return `--costs: ${name} is none of ${COST_NAMES.join(', ')}`;
    if (!/^\d+(\.\d+)?$/.test(value)) return `--costs: ${name}=${value}: a number that is not negative`;
    costs[costName] = Number(value);
  }
  return costs;
}

/** @returns `name=value,...`, with three digits of each */
export function formatCosts(costs: Costs): string {
  return COST_NAMES.map((name) => `${name}=${Number(costs[name].toPrecision(3))}`).join(',');
}

export function hasAllCosts(costs: Partial<Costs>): costs is Costs {
  return COST_NAMES.every((name) => costs[name] !== undefined);
}
