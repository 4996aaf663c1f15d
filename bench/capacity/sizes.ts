/** Sizes to compute capacities for: those of docs/explanation/capacity.md, and those given by options. */
import type { Size } from './formula.js';

const DEFAULT_SIZE: Omit<Size, 'viewers' | 'dashboards' | 'watched' | 'changing' | 'changes'> = {
  counters: 3,
  frames: 5,
  frameBytes: 170,
  stepMs: 2,
  keyHours: 72,
  ledgerDays: 30,
  ledgerEntries: 1_000_000,
  busy: 0.5,
  instanceViewers: 20_000,
  shardGb: 32,
};

function createSize(viewers: number, dashboards: number, changes: number, more: Partial<Size> = {}): Size {
  return { ...DEFAULT_SIZE, viewers, dashboards, watched: dashboards, changing: dashboards, changes, ...more };
}

/** Sizes of docs/explanation/capacity.md. Of a million dashboards, only 20,000 are watched and change. */
export const SIZES: ReadonlyMap<string, Size> = new Map([
  ['1,000 viewers', createSize(1_000, 10, 20)],
  ['100,000 viewers', createSize(100_000, 100, 200)],
  ['10,000,000 viewers', createSize(10_000_000, 1_000, 2_000)],
  ['1,000,000 dashboards', createSize(100_000, 1_000_000, 2_000, { watched: 20_000, changing: 20_000 })],
]);

/** Options of the command, with the field of `Size` that each sets. */
export const SIZE_OPTIONS: readonly { option: string; field: keyof Size; description: string }[] = [
  { option: 'viewers', field: 'viewers', description: 'number of viewers' },
  { option: 'dashboards', field: 'dashboards', description: 'number of dashboards' },
  { option: 'watched', field: 'watched', description: 'dashboards with viewers (default: all)' },
  { option: 'changing', field: 'changing', description: 'dashboards that change (default: all)' },
  {
    option: 'changes',
    field: 'changes',
    description: 'change sets per second in total (default: 2 for each dashboard that changes)',
  },
  { option: 'counters', field: 'counters', description: 'counters per dashboard' },
  { option: 'frames', field: 'frames', description: 'maximum frames per second to a viewer' },
  { option: 'frame-bytes', field: 'frameBytes', description: 'bytes of a frame on the wire, including all headers' },
  { option: 'step-ms', field: 'stepMs', description: 'milliseconds of a round trip to Redis' },
  { option: 'key-hours', field: 'keyHours', description: 'hours that idempotency keys are kept' },
  { option: 'ledger-days', field: 'ledgerDays', description: 'days that ledger entries are kept' },
  { option: 'ledger-entries', field: 'ledgerEntries', description: 'maximum entries of a ledger' },
  { option: 'busy', field: 'busy', description: 'share of a core that may be used, from 0 to 1' },
  { option: 'instance-viewers', field: 'instanceViewers', description: 'maximum viewers of an instance' },
  { option: 'shard-gb', field: 'shardGb', description: 'maximum memory of a Redis master, GB' },
];

/** Parses the options of the command. @returns the requested sizes, or the error */
export function parseSizes(
  options: Readonly<Record<string, string | boolean | undefined>>,
): ReadonlyMap<string, Size> | string {
  const sizes: Partial<Record<keyof Size, number>> = {};
  for (const { option, field } of SIZE_OPTIONS) {
    const text = options[option];
    if (text === undefined) continue;
    const value = Number(text);
    if (!(value > 0) || !Number.isFinite(value)) return `--${option} ${text}: must be a number greater than 0`;
    sizes[field] = value;
  }
  if (sizes.viewers === undefined && sizes.dashboards === undefined) {
    return new Map([...SIZES].map(([name, size]) => [name, { ...size, ...sizes }]));
  }
  const { viewers = 1_000, dashboards = 1 } = sizes;
  const changing = sizes.changing ?? dashboards;
  const size = { ...createSize(viewers, dashboards, 2 * changing), ...sizes };
  if (size.watched > dashboards || changing > dashboards)
    return '--watched and --changing must not exceed --dashboards';
  return new Map([[`${viewers} viewers, ${dashboards} dashboards`, size]]);
}
