/** Capacities as text: a table of sizes, and the formula with the numbers of one size in it. */
import { COST_NAMES, COSTS, type Costs, writeCosts } from './costs.js';
import { type Capacity, capacityOf, mostOfOneDashboard, pointsOf, type Size } from './formula.js';

/** Most change sets of a step: `MAX_GROUP` of the store. */
const FULL_STEP = 256;
const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function numberOf(value: number): string {
  if (value === 0) return '0';
  if (value >= 100) return WHOLE.format(Number(value.toPrecision(3)));
  return String(Number(value.toPrecision(2)));
}

/** What is shown of a size, a row each. */
const ROWS: readonly (readonly [what: string, of: (size: Size, capacity: Capacity) => number])[] = [
  ['dashboards', ({ dashboards }) => dashboards],
  ['of which are watched', ({ watched }) => watched],
  ['of which change', ({ changing }) => changing],
  ['changes/s', ({ changes }) => changes],
  ['frames/s', (_, { frames }) => frames],
  ['**instances**, a core each', (_, { instances }) => instances],
  ['CPU of all instances, cores', (_, { instanceCores }) => instanceCores],
  ['memory of each instance, MB', (_, { instanceMb }) => instanceMb],
  ['steps/s on Redis', (_, { steps }) => steps],
  ['patches/s from Redis', (_, { patches }) => patches],
  ['CPU of Redis, cores', (_, { redisCores }) => redisCores],
  ['**masters of Redis**', (_, { shards }) => shards],
  ['memory of Redis, GB', (_, { redisGb }) => redisGb],
  ['of which keys', (_, { keysGb }) => keysGb],
  ['of which ledger', (_, { ledgerGb }) => ledgerGb],
  ['of which history', (_, { pointsGb }) => pointsGb],
  ['append-only files, MB/s', (_, { diskMbPerSecond }) => diskMbPerSecond],
  ['to viewers, Gbit/s', (_, { gigabitsPerSecond }) => gigabitsPerSecond],
];

export function tableOf(sizes: ReadonlyMap<string, Size>, costs: Costs): string {
  const columns = [...sizes].map(([, size]) => ({ size, capacity: capacityOf(size, costs) }));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...sizes.keys()]),
    line(['---', ...columns.map(() => '---:')]),
    ...ROWS.map(([what, of]) => line([what, ...columns.map(({ size, capacity }) => numberOf(of(size, capacity)))])),
  ].join('\n');
}

export function costsTableOf(costs: Costs): string {
  const rows = COST_NAMES.map((name) => `| \`${name}\` | ${numberOf(costs[name])} | ${COSTS[name]} |`);
  return ['| cost | | of what |', '|---|---:|---|', ...rows].join('\n');
}

/** The formula, and next to it the same with the numbers of a size. */
export function formulaOf(size: Size, costs: Costs): string {
  const capacity = capacityOf(size, costs);
  const { viewers, watched, changing, changes, counters, dashboards, busy, stepMs } = size;
  const { instances, frames, patches, steps } = capacity;
  const [n, per] = [numberOf, changes / changing];
  const perCounter = pointsOf(per / counters);
  const entries = Math.min(changes * size.ledgerDays * 86_400, changing * size.ledgerEntries);
  const listeners = Math.min(instances, viewers / watched);
  return [
    'frames/s       = viewers x min(changes/s of a dashboard, frames/s of a viewer)',
    `               = ${n(viewers * Math.min(1, changing / watched))} x min(${n(per)}, ${n(size.frames)}) = ${n(frames)}`,
    'steps/s        = changing dashboards x min(its changes/s, instances x 1000 / stepMs)',
    `               = ${n(changing)} x min(${n(per)}, ${n(instances)} x 1000 / ${n(stepMs)}) = ${n(steps)}`,
    'patches/s      = steps/s of watched dashboards x instances that listen to each',
    `               = ${n(patches / listeners)} x ${n(listeners)} = ${n(patches)}`,
    'instances      = (frames/s x frameUs + changes/s x changeUs + patches/s x heardUs) / 1e6 / busy, or viewers / most of an instance',
    `               = (${n(frames)} x ${n(costs.frameUs)} + ${n(changes)} x ${n(costs.changeUs)} + ${n(patches)} x ${n(costs.heardUs)}) / 1e6 / ${n(busy)}, or ${n(viewers)} / ${n(size.instanceViewers)} = ${n(instances)}`,
    'instance       = instanceMb + (viewers x viewerKb + listens x listenedKb) / instances',
    `               = ${n(costs.instanceMb)} MB + (${n(viewers)} x ${n(costs.viewerKb)} KB + ${n(watched * listeners)} x ${n(costs.listenedKb)} KB) / ${n(instances)} = ${n(capacity.instanceMb)} MB`,
    'Redis, cores   = (changes/s x redisChangeUs + steps/s x redisStepUs + patches/s x redisPatchUs) / 1e6',
    `               = (${n(changes)} x ${n(costs.redisChangeUs)} + ${n(steps)} x ${n(costs.redisStepUs)} + ${n(patches)} x ${n(costs.redisPatchUs)}) / 1e6 = ${n(capacity.redisCores)}`,
    'Redis, memory  = keys + ledger + history + dashboards',
    `               = ${n(changes)}/s x ${n(size.keyHours)} h x ${n(costs.keyBytes)} B + ${n(entries)} x ${n(costs.entryBytes)} B + ${n(changing * counters)} x ${n(perCounter)} x ${n(costs.pointBytes)} B + ${n(dashboards)} x ${n(costs.dashboardBytes)} B = ${n(capacity.redisGb)} GB`,
    'masters        = Redis, cores / busy, or Redis, memory / most of a master',
    `               = ${n(capacity.redisCores)} / ${n(busy)}, or ${n(capacity.redisGb)} / ${n(size.shardGb)} = ${n(capacity.shards)}`,
    'one dashboard  = busy x 1e6 / (redisChangeUs + redisStepUs / change sets of a step), changes/s',
    `               = ${n(busy)} x 1e6 / (${n(costs.redisChangeUs)} + ${n(costs.redisStepUs)} / 1) = ${n(mostOfOneDashboard(size, costs, 1))}, of ${FULL_STEP}: ${n(mostOfOneDashboard(size, costs, FULL_STEP))}`,
  ].join('\n');
}

/** All of it as Markdown: the command with the costs, what they are of, the table, and the formula for the size that takes most. */
export function markdownOf(sizes: ReadonlyMap<string, Size>, costs: Costs, taken: string): string {
  const most = [...sizes].toSorted(([, one], [, other]) => other.viewers - one.viewers)[0];
  return [
    `\`npm run capacity\` ${taken}`,
    costsTableOf(costs),
    'The sizes by these costs, which this computes again:',
    `\`\`\`sh\nnpm run capacity -- --costs ${writeCosts(costs)}\n\`\`\``,
    tableOf(sizes, costs),
    ...(most ? [`The formula, with the numbers for ${most[0]}:`, `\`\`\`\n${formulaOf(most[1], costs)}\n\`\`\``] : []),
  ].join('\n\n');
}
