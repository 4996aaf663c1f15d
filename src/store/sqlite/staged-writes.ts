/** Rows of a decided group that have not been written yet, and their encoding for the statements. */
import type { AppliedChangeSet, Counter, TimeSpan } from '../../counters/counters.js';
import type { Refusal } from '../../counters/errors.js';
import { type MutableDashboard, type StoredReply, toBucketStart } from '../in-process/decide.js';
import { DAY_ROWS, ROWS } from '../store.js';
import type { LoadedDashboard } from './statements.js';

/** A counter that a group changes. All change sets of a dashboard in a group have one time, and are of one day. */
interface StagedCounter {
  /** Before the group. */
  readonly before: Counter;
  after: Counter;
  readonly at: number;
  /** Start of the dashboard's day that `at` is in. */
  readonly dayStart: number;
  /** Last change that set the gauge, see `UndoLimits`. */
  setRevision: number;
  /** Extremes of the values from `before` to `after`. */
  least: number;
  most: number;
}

export interface StagedWrites {
  readonly dashboards: Map<number, MutableDashboard>;
  /** Keyed by counter id. */
  readonly counters: Map<number, StagedCounter>;
  /** Values of the rows, row by row. */
  readonly ledger: unknown[];
  readonly keys: unknown[];
  /** Replies stored under the keys of the group, before it or by it, by id of the dashboard and key. */
  readonly storedReplies: Map<string, StoredReply>;
  /** Refusals `data-damaged` for keys whose rows cannot be decoded, by the same. */
  readonly damagedKeys: Map<string, Refusal>;
}

export function createStagedWrites(): StagedWrites {
  return {
    dashboards: new Map(),
    counters: new Map(),
    ledger: [],
    keys: [],
    storedReplies: new Map(),
    damagedKeys: new Map(),
  };
}

/** Adds the counters of an applied change set. @param day the dashboard's day that it is booked in */
export function stageCounters(
  staged: StagedWrites,
  { counters, previous, at }: AppliedChangeSet,
  { counterIds, undoLimits }: Pick<LoadedDashboard, 'counterIds' | 'undoLimits'>,
  day: TimeSpan,
): void {
  for (const [name, after] of counters) {
    const id = counterIds.get(name);
    if (id === undefined) throw new Error(`counter ${name} has no row`);
    const earlier = staged.counters.get(id);
    const setRevision = undoLimits.get(name).set;
    if (earlier) {
      earlier.after = after;
      earlier.setRevision = setRevision;
      earlier.least = Math.min(earlier.least, after.value);
      earlier.most = Math.max(earlier.most, after.value);
      continue;
    }
    const before = previous.get(name) ?? after;
    const [least, most] = [Math.min(before.value, after.value), Math.max(before.value, after.value)];
    staged.counters.set(id, { before, after, at, dayStart: day.start, setRevision, least, most });
  }
}

/** Encodes the rows of changed counters (totals, points) and gauges (values, levels) as JSON. */
export function encodeCounters(counters: StagedWrites['counters']) {
  const [totals, points, values, levels]: [string[], string[], string[], string[]] = [[], [], [], []];
  for (const [id, { before, after, at, dayStart, setRevision, least, most }] of counters) {
    const isGauge = after.definition.kind === 'gauge';
    const [rows, numbers] = isGauge
      ? [levels, `${least},${most}`]
      : [points, `${after.added - before.added},${after.removed - before.removed}`];
    if (isGauge) values.push(`[${id},${after.value},${setRevision}]`);
    else totals.push(`[${id},${after.added},${after.removed}]`);
    for (const { stepMs } of ROWS) {
      const start = stepMs === DAY_ROWS.stepMs ? dayStart : toBucketStart(at, stepMs);
      rows.push(`[${id},${stepMs},${start},${after.value},${numbers}]`);
    }
  }
  return { totals, points, values, levels };
}
