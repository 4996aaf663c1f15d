/** Repairs the levels of a gauge: leaves out impossible ones, adds lost ones, and widens extremes until they fit. */
import { MAX_VALUE } from '../../../counters/counters.js';
import { toBucketStart } from '../../in-process/decide.js';
import { BUCKETS, DAY_ROWS, type LevelPoint, ROWS, type RowStepMs } from '../../store.js';
import type { Database, Statement } from '../database.js';
import { createLevelReader, type RowReader } from '../row-reader.js';
import { isDamage } from '../text-decoder.js';
import { MISPLACED, type PointOwner } from './point-repair.js';
import type { RepairLog } from './repair-log.js';

const EVER = Number.MAX_SAFE_INTEGER;

export class LevelRepair {
  readonly #levels: RowReader<LevelPoint>;
  readonly #move: readonly Statement[];
  readonly #replace: Statement;
  readonly #delete: Statement;

  constructor(
    private readonly database: Database.Database,
    private readonly log: RepairLog,
  ) {
    this.#levels = createLevelReader(database);
    this.#move = [
      database.prepare('INSERT OR IGNORE INTO levels SELECT * FROM points WHERE counter = ?'),
      database.prepare('DELETE FROM points WHERE counter = ?'),
    ];
    this.#replace = database.prepare(
      'INSERT OR REPLACE INTO levels (counter, step, at, value, least, most) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#delete = database.prepare('DELETE FROM levels WHERE counter = ? AND step = ? AND at = ?');
  }

  /** Takes over rows of a gauge that are among the points: of a page that no tree leads to, nothing tells the table. */
  takeOver(counter: number): void {
    for (const statement of this.#move) statement.run(counter);
  }

  /** Deletes levels of unknown steps, and levels that cannot be. */
  deleteImpossible(): void {
    const isPossible = ['value', 'least', 'most'].map((name) => `${name} BETWEEN ${-MAX_VALUE} AND ${MAX_VALUE}`);
    const rows = this.database
      .prepare(`SELECT counter, step, at FROM levels WHERE ${MISPLACED} OR NOT (${isPossible.join(' AND ')})`)
      .all() as { counter: number; step: number; at: number }[];
    for (const { counter, step, at } of rows) {
      this.#delete.run(counter, step, at);
      this.log.recordLoss(`level ${at} of step ${step} of counter ${counter}: its numbers are impossible`);
    }
  }

  /** Returns the values of the newest levels of each step, of those that the newest change is in. */
  listNewestValues(counter: number): bigint[] {
    const newest = BUCKETS.flatMap(({ stepMs }) => {
      const level = this.#read(counter, stepMs).at(-1);
      return level ? [{ ...level, stepMs }] : [];
    });
    const end = Math.max(...newest.map(({ at }) => at));
    return newest.filter(({ at, stepMs }) => end < at + stepMs).map(({ value }) => BigInt(value));
  }

  repair(owner: PointOwner): void {
    const newestAt = Math.max(-1, ...BUCKETS.map(({ stepMs }) => this.#read(owner.id, stepMs).at(-1)?.at ?? -1));
    let finer: readonly LevelPoint[] = [];
    for (const { stepMs } of ROWS) finer = this.#repairStep(owner, stepMs, finer, newestAt);
  }

  #read(counter: number, stepMs: RowStepMs): LevelPoint[] {
    try {
      return this.#levels.readRange(counter, stepMs, 0, EVER, -1);
    } catch (error) {
      if (isDamage(error)) return [];
      throw error;
    }
  }

  #repairStep(
    { id, label, value, missing }: PointOwner,
    stepMs: RowStepMs,
    finer: readonly LevelPoint[],
    newestAt: number,
  ): readonly LevelPoint[] {
    const describe = (at: number): string => `level ${at} of step ${stepMs} of ${label}`;
    const stored = new Map(this.#read(id, stepMs).map((level) => [level.at, level]));
    const buckets = stepMs === DAY_ROWS.stepMs ? new Map<number, LevelPoint>() : joinLevels(finer, stepMs);
    for (const at of missing.get(stepMs) ?? [])
      if (!stored.has(at) && !buckets.has(at)) this.log.recordLoss(describe(at));
    const times = [...new Set([...stored.keys(), ...buckets.keys()])].toSorted((a, b) => a - b);
    const levels: LevelPoint[] = [];
    for (const at of times) {
      const [level, bucket, previous] = [stored.get(at), buckets.get(at), levels.at(-1)];
      const coversNewest = at === times.at(-1) && (stepMs === DAY_ROWS.stepMs || newestAt < at + stepMs);
      const present = coversNewest ? Number(value) : (bucket?.value ?? level?.value ?? 0);
      const known = [level, bucket].filter((one) => one !== undefined);
      const values = [
        present,
        ...(previous ? [previous.value] : []),
        ...known.flatMap(({ least, most }) => [least, most]),
      ];
      const settled = { at, value: present, least: Math.min(...values), most: Math.max(...values) };
      levels.push(settled);
      if (level && level.value === settled.value && level.least === settled.least && level.most === settled.most)
        continue;
      this.#replace.run(id, stepMs, at, settled.value, settled.least, settled.most);
      this.log.recordRepair(`${describe(at)} ${level ? 'has numbers that fit' : 'was rebuilt from finer levels'}`);
    }
    return levels;
  }
}

/** Joins levels to those of longer buckets. */
function joinLevels(levels: readonly LevelPoint[], stepMs: number): Map<number, LevelPoint> {
  const buckets = new Map<number, LevelPoint>();
  for (const { at, value, least, most } of levels) {
    const start = toBucketStart(at, stepMs);
    const bucket = buckets.get(start) ?? { least, most };
    buckets.set(start, { at: start, value, least: Math.min(bucket.least, least), most: Math.max(bucket.most, most) });
  }
  return buckets;
}
