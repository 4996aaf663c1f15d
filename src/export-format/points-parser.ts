/** Parses the lines of the history: points of counters, and levels of gauges. */
import { NAME_PATTERN } from '../counters/counters.js';
import { DAY_ROWS, type LevelPoint, ROWS, type RowStepMs } from '../store/store.js';
import type { BucketTotals, LevelRun, PointRun } from '../store/transfer.port.js';
import { parseMinute } from './dashboard-parser.js';
import { createTotals, type FieldParser, parseCounterValue, parseInteger, parseTotal } from './field-parser.js';
import { BadLineError } from './line-reader.js';

/** @param steps widths of buckets that the version of the format has, milliseconds */
export function parsePointsLine(line: FieldParser, steps: readonly RowStepMs[]): PointRun {
  const fields = line.parseObject('points', ['counter', 'step', 'from', 'rows']);
  const stepMs = fields.parse('step', (value, path) => parseStep(value, path, steps));
  const [added, removed, ...more] = fields.parseList('from', parseTotal);
  if (added === undefined || removed === undefined || more.length > 0) {
    throw new BadLineError('points.from must be ["added", "removed"]');
  }
  return {
    counter: fields.parseText('counter', NAME_PATTERN),
    stepMs,
    startTotals: createTotals(added, removed, 'points.from'),
    buckets: fields.parseList('rows', (row, path) => parseBucketRow(row, path, stepMs)),
  };
}

export function parseLevelsLine(line: FieldParser): LevelRun {
  const fields = line.parseObject('levels', ['counter', 'step', 'rows']);
  const stepMs = fields.parse('step', (value, path) =>
    parseStep(
      value,
      path,
      ROWS.map((row) => row.stepMs),
    ),
  );
  return {
    counter: fields.parseText('counter', NAME_PATTERN),
    stepMs,
    levels: fields.parseList('rows', (row, path) => parseLevelRow(row, path, stepMs)),
  };
}

/** @returns milliseconds */
function parseStep(value: unknown, path: string, steps: readonly RowStepMs[]): RowStepMs {
  const step = steps.find((stepMs) => stepMs === Number(value) * 1_000);
  if (step !== undefined && typeof value === 'number') return step;
  throw new BadLineError(`${path} must be one of ${steps.map((stepMs) => stepMs / 1_000).join(', ')}`);
}

function parseBucketRow(row: unknown, path: string, stepMs: RowStepMs): BucketTotals {
  if (!Array.isArray(row) || row.length !== 3) throw new BadLineError(`${path} must be [at, "added", "removed"]`);
  const [at, added, removed] = row as unknown[];
  return {
    at: parseStart(at, path, stepMs),
    ...createTotals(parseTotal(added, path), parseTotal(removed, path), path),
  };
}

function parseLevelRow(row: unknown, path: string, stepMs: RowStepMs): LevelPoint {
  if (!Array.isArray(row) || row.length !== 4) throw new BadLineError(`${path} must be [at, value, least, most]`);
  const [start, ...values] = row as unknown[];
  const at = parseStart(start, path, stepMs);
  const [value = 0, least = 0, most = 0] = values.map((level) => parseCounterValue(level, path));
  if (least <= value && value <= most) return { at, value, least, most };
  throw new BadLineError(`${path} must have a value from least to most: ${value} is not from ${least} to ${most}`);
}

/** Days begin at any minute, all other buckets at multiples of their width. */
function parseStart(at: unknown, path: string, stepMs: RowStepMs): number {
  if (stepMs === DAY_ROWS.stepMs) return parseMinute(at, path);
  const start = parseInteger(at, path, 1);
  if (start % stepMs !== 0) throw new BadLineError(`${path} must begin at a multiple of the step`);
  return start;
}
