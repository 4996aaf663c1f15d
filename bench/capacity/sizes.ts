/** The sizes that capacities are computed for: those of docs/explanation/capacity.md, and those that are given as options. */
import type { Size } from './formula.js';

const DEFAULT_SIZE: Omit<Size, 'viewers' | 'dashboards' | 'watched' | 'changing' | 'changes'> = {
  counters: 3,
  frames: 5,
  frameBytes: 170,
  stepMs: 2,
  keyHours: 24,
  ledgerDays: 30,
  ledgerEntries: 1_000_000,
  busy: 0.5,
  instanceViewers: 20_000,
  shardGb: 32,
};

function createSize(viewers: number, dashboards: number, changes: number, more: Partial<Size> = {}): Size {
  return { ...DEFAULT_SIZE, viewers, dashboards, watched: dashboards, changing: dashboards, changes, ...more };
}

/** Of a million dashboards few are looked at, and few change: the others are at rest. */
export const SIZES: ReadonlyMap<string, Size> = new Map([
  ['1,000 viewers', createSize(1_000, 10, 20)],
  ['100,000 viewers', createSize(100_000, 100, 200)],
  ['10,000,000 viewers', createSize(10_000_000, 1_000, 2_000)],
  ['1,000,000 dashboards', createSize(100_000, 1_000_000, 2_000, { watched: 20_000, changing: 20_000 })],
]);

/** Each option of the command, and what of a size it sets. */
export const SIZE_OPTIONS: readonly { option: string; field: keyof Size; description: string }[] = [
  { option: 'viewers', field: 'viewers', description: 'how many watch' },
  { option: 'dashboards', field: 'dashboards', description: 'how many there are' },
  { option: 'watched', field: 'watched', description: 'dashboards that somebody watches: all' },
  { option: 'changing', field: 'changing', description: 'dashboards that change: all' },
  {
    option: 'changes',
    field: 'changes',
    description: 'change sets a second, all together: 2 for each dashboard that changes',
  },
  { option: 'counters', field: 'counters', description: 'of a dashboard' },
  { option: 'frames', field: 'frames', description: 'most frames a second to a viewer' },
  { option: 'frame-bytes', field: 'frameBytes', description: 'of a frame on the wire, with all headers' },
  { option: 'step-ms', field: 'stepMs', description: 'how long a step is on its way to Redis and back' },
  { option: 'key-hours', field: 'keyHours', description: 'how long idempotency keys are kept' },
  { option: 'ledger-days', field: 'ledgerDays', description: 'how long entries of ledgers are kept' },
  { option: 'ledger-entries', field: 'ledgerEntries', description: 'most entries of a ledger' },
  { option: 'busy', field: 'busy', description: 'share of a core that may be used' },
  { option: 'instance-viewers', field: 'instanceViewers', description: 'most viewers of an instance' },
  { option: 'shard-gb', field: 'shardGb', description: 'most memory of a master of Redis' },
];

/** @returns the sizes that are asked for, or what is wrong */
export function parseSizes(
  options: Readonly<Record<string, string | boolean | undefined>>,
): ReadonlyMap<string, Size> | string {
  const sizes: Partial<Record<keyof Size, number>> = {};
  for (const { option, field } of SIZE_OPTIONS) {
    const text = options[option];
    if (text === undefined) continue;
    const value = Number(text);
    if (!(value > 0) || !Number.isFinite(value)) return `--${option} ${text}: a number over 0`;
    sizes[field] = value;
  }
  if (sizes.viewers === undefined && sizes.dashboards === undefined) {
    return new Map([...SIZES].map(([name, size]) => [name, { ...size, ...sizes }]));
  }
  const { viewers = 1_000, dashboards = 1 } = sizes;
  const changing = sizes.changing ?? dashboards;
  const size = { ...createSize(viewers, dashboards, 2 * changing), ...sizes };
  if (size.watched > dashboards || changing > dashboards)
    return 'no more dashboards are watched or change than there are';
  return new Map([[`${viewers} viewers, ${dashboards} dashboards`, size]]);
}
