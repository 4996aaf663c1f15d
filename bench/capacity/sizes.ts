/** The sizes that capacities are computed for: those of docs/scale.md, and those that are given as options. */
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
export const SIZE_OPTIONS: readonly { option: string; of: keyof Size; meaning: string }[] = [
  { option: 'viewers', of: 'viewers', meaning: 'how many watch' },
  { option: 'dashboards', of: 'dashboards', meaning: 'how many there are' },
  { option: 'watched', of: 'watched', meaning: 'dashboards that somebody watches: all' },
  { option: 'changing', of: 'changing', meaning: 'dashboards that change: all' },
  {
    option: 'changes',
    of: 'changes',
    meaning: 'change sets a second, all together: 2 for each dashboard that changes',
  },
  { option: 'counters', of: 'counters', meaning: 'of a dashboard' },
  { option: 'frames', of: 'frames', meaning: 'most frames a second to a viewer' },
  { option: 'frame-bytes', of: 'frameBytes', meaning: 'of a frame on the wire, with all headers' },
  { option: 'step-ms', of: 'stepMs', meaning: 'how long a step is on its way to Redis and back' },
  { option: 'key-hours', of: 'keyHours', meaning: 'how long idempotency keys are kept' },
  { option: 'ledger-days', of: 'ledgerDays', meaning: 'how long entries of ledgers are kept' },
  { option: 'ledger-entries', of: 'ledgerEntries', meaning: 'most entries of a ledger' },
  { option: 'busy', of: 'busy', meaning: 'share of a core that may be used' },
  { option: 'instance-viewers', of: 'instanceViewers', meaning: 'most viewers of an instance' },
  { option: 'shard-gb', of: 'shardGb', meaning: 'most memory of a master of Redis' },
];

/** @returns the sizes that are asked for, or what is wrong */
export function parseSizes(
  options: Readonly<Record<string, string | boolean | undefined>>,
): ReadonlyMap<string, Size> | string {
  const sizes: Partial<Record<keyof Size, number>> = {};
  for (const { option, of } of SIZE_OPTIONS) {
    const text = options[option];
    if (text === undefined) continue;
    const value = Number(text);
    if (!(value > 0) || !Number.isFinite(value)) return `--${option} ${text}: a number over 0`;
    sizes[of] = value;
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
