/** Formats capacities as Markdown: a table of sizes, a table of costs, and the formula with the numbers of one size. */
import { COST_NAMES, COST_DESCRIPTIONS, type Costs, formatCosts } from './costs.js';
import {
  type Capacity,
  computeCapacity,
  computeMaxDashboardRate,
  computeRelays,
  countPoints,
  type RelayCapacity,
  type Size,
} from './formula.js';

/** Maximum change sets of a step: `REDIS_GROUP_LIMITS` of the store. */
const MAX_CHANGES_PER_STEP = 256;
const INTEGER_FORMAT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

function formatNumber(value: number): string {
  if (value === 0) return '0';
  if (value >= 100) return INTEGER_FORMAT.format(Number(value.toPrecision(3)));
  return String(Number(value.toPrecision(2)));
}

/** Rows of the table of sizes. */
const ROWS: readonly (readonly [
  what: string,
  of: (size: Size, capacity: Capacity, relays: RelayCapacity) => number,
])[] = [
  ['dashboards', ({ dashboards }) => dashboards],
  ['watched dashboards', ({ watched }) => watched],
  ['changing dashboards', ({ changing }) => changing],
  ['changes/s', ({ changes }) => changes],
  ['frames/s', (_, { frames }) => frames],
  ['**instances**, one core each', (_, { instances }) => instances],
  ['CPU of all instances, cores', (_, { instanceCores }) => instanceCores],
  ['memory of each instance, MB', (_, { instanceMb }) => instanceMb],
  ['steps/s on Redis', (_, { steps }) => steps],
  ['patches/s from Redis', (_, { patches }) => patches],
  ['CPU of Redis, cores', (_, { redisCores }) => redisCores],
  ['**Redis masters**', (_, { shards }) => shards],
  ['memory of Redis, GB', (_, { redisGb }) => redisGb],
  ['of which keys, GB', (_, { keysGb }) => keysGb],
  ['of which ledgers, GB', (_, { ledgerGb }) => ledgerGb],
  ['of which history, GB', (_, { pointsGb }) => pointsGb],
  ['append-only files, MB/s', (_, { diskMbPerSecond }) => diskMbPerSecond],
  ['to viewers, Gbit/s', (_, { gigabitsPerSecond }) => gigabitsPerSecond],
  ['or **workers or relays** of one embedded store', (_, __, { relays }) => relays],
  ['CPU of all of them, cores', (_, __, { relayCores }) => relayCores],
  ['CPU of the process with the store, cores', (_, __, { ownerCores }) => ownerCores],
];

export function formatCapacityTable(sizes: ReadonlyMap<string, Size>, costs: Costs): string {
  const columns = [...sizes].map(([, size]) => ({
    size,
    capacity: computeCapacity(size, costs),
    relays: computeRelays(size, costs),
  }));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...sizes.keys()]),
    line(['---', ...columns.map(() => '---:')]),
    ...ROWS.map(([what, of]) =>
      line([what, ...columns.map(({ size, capacity, relays }) => formatNumber(of(size, capacity, relays)))]),
    ),
  ].join('\n');
}

export function formatCostsTable(costs: Costs): string {
  const rows = COST_NAMES.map((name) => `| \`${name}\` | ${formatNumber(costs[name])} | ${COST_DESCRIPTIONS[name]} |`);
  return ['| cost | value | meaning |', '|---|---:|---|', ...rows].join('\n');
}

/** Formats the formula: each line, followed by the same line with the numbers of a size. */
export function formatFormula(size: Size, costs: Costs): string {
  const capacity = computeCapacity(size, costs);
  const { viewers, watched, changing, changes, counters, dashboards, busy, stepMs } = size;
  const { instances, frames, patches, steps } = capacity;
  const [n, per] = [formatNumber, changes / changing];
  const perCounter = countPoints(per / counters);
  const entries = Math.min(changes * size.ledgerDays * 86_400, changing * size.ledgerEntries);
  const listeners = Math.min(instances, viewers / watched);
  return [
    'frames/s       = viewers x min(changes/s of a dashboard, frames/s of a viewer)',
    `               = ${n(viewers * Math.min(1, changing / watched))} x min(${n(per)}, ${n(size.frames)}) = ${n(frames)}`,
    'steps/s        = changing dashboards x min(its changes/s, instances x 1000 / stepMs)',
    `               = ${n(changing)} x min(${n(per)}, ${n(instances)} x 1000 / ${n(stepMs)}) = ${n(steps)}`,
    'patches/s      = steps/s of watched dashboards x instances that subscribe to each',
    `               = ${n(patches / listeners)} x ${n(listeners)} = ${n(patches)}`,
    'instances      = max((viewers x idleUs + frames/s x frameUs + changes/s x changeUs + patches/s x receivedPatchUs) / 1e6 / busy, viewers / instanceViewers)',
    `               = max((${n(viewers)} x ${n(costs.idleUs)} + ${n(frames)} x ${n(costs.frameUs)} + ${n(changes)} x ${n(costs.changeUs)} + ${n(patches)} x ${n(costs.receivedPatchUs)}) / 1e6 / ${n(busy)}, ${n(viewers)} / ${n(size.instanceViewers)}) = ${n(instances)}`,
    'instance, MB   = instanceMb + (viewers x viewerKb + subscriptions x subscriptionKb) / instances',
    `               = ${n(costs.instanceMb)} MB + (${n(viewers)} x ${n(costs.viewerKb)} KB + ${n(watched * listeners)} x ${n(costs.subscriptionKb)} KB) / ${n(instances)} = ${n(capacity.instanceMb)} MB`,
    'Redis cores    = (changes/s x redisChangeUs + steps/s x redisCallUs + patches/s x redisPatchUs) / 1e6',
    `               = (${n(changes)} x ${n(costs.redisChangeUs)} + ${n(steps)} x ${n(costs.redisCallUs)} + ${n(patches)} x ${n(costs.redisPatchUs)}) / 1e6 = ${n(capacity.redisCores)}`,
    'Redis memory   = keys + ledgers + history + dashboards',
    `               = ${n(changes)}/s x ${n(size.keyHours)} h x ${n(costs.keyBytes)} B + ${n(entries)} x ${n(costs.entryBytes)} B + ${n(changing * counters)} x ${n(perCounter)} x ${n(costs.pointBytes)} B + ${n(dashboards)} x ${n(costs.dashboardBytes)} B = ${n(capacity.redisGb)} GB`,
    'masters        = max(Redis cores / busy, Redis memory / shardGb)',
    `               = max(${n(capacity.redisCores)} / ${n(busy)}, ${n(capacity.redisGb)} / ${n(size.shardGb)}) = ${n(capacity.shards)}`,
    'one dashboard  = busy x 1e6 / (redisChangeUs + redisCallUs / change sets per step), changes/s',
    `               = ${n(busy)} x 1e6 / (${n(costs.redisChangeUs)} + ${n(costs.redisCallUs)} / 1) = ${n(computeMaxDashboardRate(size, costs, 1))}; with ${MAX_CHANGES_PER_STEP} per step: ${n(computeMaxDashboardRate(size, costs, MAX_CHANGES_PER_STEP))}`,
    ...formatRelayFormula(size, costs),
  ].join('\n');
}

/** Formats the lines about workers and relays. */
function formatRelayFormula(size: Size, costs: Costs): readonly string[] {
  const { relays, relayFrames, ownerCores } = computeRelays(size, costs);
  const { frames } = computeCapacity(size, costs);
  const { viewers, watched, changes, busy } = size;
  const n = formatNumber;
  const listeners = Math.min(relays, viewers / watched);
  return [
    'relay frames/s = changes/s of watched dashboards x relays that watch each',
    `               = ${n(relayFrames / listeners)} x ${n(listeners)} = ${n(relayFrames)}`,
    'relays         = max((viewers x idleUs + frames/s x frameUs + changes/s x changeUs + relay frames/s x receivedPatchUs) / 1e6 / busy, viewers / instanceViewers)',
    `               = max((${n(viewers)} x ${n(costs.idleUs)} + ${n(frames)} x ${n(costs.frameUs)} + ${n(changes)} x ${n(costs.changeUs)} + ${n(relayFrames)} x ${n(costs.receivedPatchUs)}) / 1e6 / ${n(busy)}, ${n(viewers)} / ${n(size.instanceViewers)}) = ${n(relays)}`,
    'store, cores   = (changes/s x lineUs + relay frames/s x frameUs) / 1e6',
    `               = (${n(changes)} x ${n(costs.lineUs)} + ${n(relayFrames)} x ${n(costs.frameUs)}) / 1e6 = ${n(ownerCores)}`,
  ];
}

/**
 * Formats the generated section of docs/explanation/capacity.md: the costs, the command that computes with them, the
 * table of sizes, and the formula for the size with the most viewers.
 */
export function formatMarkdown(sizes: ReadonlyMap<string, Size>, costs: Costs, environment: string): string {
  const largest = [...sizes].toSorted(([, one], [, other]) => other.viewers - one.viewers)[0];
  return [
    `\`npm run capacity\` ${environment}`,
    formatCostsTable(costs),
    'This command computes the following tables from these costs again:',
    `\`\`\`sh\nnpm run capacity -- --costs ${formatCosts(costs)}\n\`\`\``,
    formatCapacityTable(sizes, costs),
    ...(largest
      ? [`The formula, with the numbers for ${largest[0]}:`, `\`\`\`\n${formatFormula(largest[1], costs)}\n\`\`\``]
      : []),
  ].join('\n\n');
}
