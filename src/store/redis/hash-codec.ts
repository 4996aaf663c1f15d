/**
 * Encodes and decodes the hash of a dashboard: header fields, definitions (`d:NAME`) and counters (`c:NAME`). Only the
 * scripts read the limits for undo: the revision that a counter begins with (`f:NAME`), and the one that set a gauge
 * last (`s:NAME`).
 */
import { type Counter, type CounterTotals, type Dashboard, getMinimum, MAX_VALUE } from '../../counters/counters.js';
import type { CounterDefinition, DashboardSettings } from '../../counters/definition.js';
import { type LevelPoint, ROWS } from '../store.js';
import type { BucketTotals } from '../transfer.port.js';
import { describeOtherForm, FORM_FIELD, isKnownForm } from './data-form.js';

export type HashFields = Readonly<Record<string, string>>;

/** A bucket with the totals at its end and at its start. */
export interface StoredBucket extends BucketTotals {
  readonly startTotals: CounterTotals;
}

/**
 * A counter, or a gauge, as it is in the hash, with the open bucket of each kind in ROWS. A kind without one has no
 * rows.
 */
export type StoredCounter = { readonly value: number; readonly totals: CounterTotals } & (
  | { readonly kind: 'counter'; readonly openBuckets: readonly (StoredBucket | undefined)[] }
  | { readonly kind: 'gauge'; readonly openBuckets: readonly (LevelPoint | undefined)[] }
);

/** Marks the rule of a gauge, before its lowest value. */
const GAUGE_MARK = 'g';

/** @returns undefined if there is no such dashboard @throws Error if it has another data form */
export function decodeDashboard(name: string, fields: HashFields): Dashboard | undefined {
  const { epoch, revision, at, settings = '{}', version } = fields;
  if (epoch === undefined) return undefined;
  if (!isKnownForm(fields[FORM_FIELD])) throw new Error(describeOtherForm(name, fields[FORM_FIELD] ?? '1'));
  const declared: [number, string, Counter][] = [];
  for (const [field, text] of Object.entries(fields)) {
    if (!field.startsWith('d:')) continue;
    const counter = field.slice(2);
    const [position = '', definition = '{}'] = text.split(/ (.*)/s, 2);
    const { value, totals } = decodeCounter(fields[`c:${counter}`] ?? '');
    declared.push([
      Number(position),
      counter,
      { definition: JSON.parse(definition) as CounterDefinition, value, ...totals },
    ]);
  }
  const counters = new Map(
    declared.toSorted(([left], [right]) => left - right).map(([, counter, state]) => [counter, state]),
  );
  const { 'day-start': dayStart, 'day-end': dayEnd } = fields;
  return {
    name,
    settings: JSON.parse(settings) as DashboardSettings,
    version: Number(version),
    ...(dayStart !== undefined && { day: { start: Number(dayStart), end: Number(dayEnd) } }),
    epoch,
    revision: Number(revision),
    at: Number(at),
    counters,
  };
}

/** Returns the rule as it stands beside the value: the lowest value or `-`, after a mark for a gauge. */
export function encodeRule(definition: CounterDefinition): string {
  const min = getMinimum(definition);
  return `${definition.kind === 'gauge' ? GAUGE_MARK : ''}${min === -MAX_VALUE ? '-' : min}`;
}

/**
 * Parses `value rule added removed`, followed by three fields for the open bucket of each kind of rows: its start time,
 * and the totals at that time, or the least and the most of a gauge. A start of 0 means that there is none.
 */
export function decodeCounter(text: string): StoredCounter {
  const [value = '0', rule = '', added = '0', removed = '0', ...buckets] = text.split(' ');
  const counter = { value: Number(value), totals: { added: BigInt(added), removed: BigInt(removed) } };
  const open = ROWS.map((_row, index) => {
    const [at, first = '0', second = '0'] = buckets.slice(index * 3);
    return at === undefined || at === '0' ? undefined : ([at, first, second] as const);
  });
  if (rule.startsWith(GAUGE_MARK)) {
    const toLevel = ([at, least, most]: readonly [string, string, string]): LevelPoint => ({
      at: Number(at),
      value: counter.value,
      least: Number(least),
      most: Number(most),
    });
    return { kind: 'gauge', ...counter, openBuckets: open.map((bucket) => bucket && toLevel(bucket)) };
  }
  const openBuckets = open.map((bucket) => bucket && createBucket(bucket[0], [added, removed], [bucket[1], bucket[2]]));
  return { kind: 'counter', ...counter, openBuckets };
}

export function encodeCounter(definition: CounterDefinition, counter: StoredCounter): string {
  const { value, totals, openBuckets } = counter;
  const buckets = openBuckets.map((bucket) => {
    if (!bucket) return counter.kind === 'gauge' ? `0 ${value} ${value}` : `0 ${totals.added} ${totals.removed}`;
    if ('least' in bucket) return `${bucket.at} ${bucket.least} ${bucket.most}`;
    return `${bucket.at} ${bucket.startTotals.added} ${bucket.startTotals.removed}`;
  });
  const hasBuckets = openBuckets.some((bucket) => bucket !== undefined);
  return [value, encodeRule(definition), totals.added, totals.removed, ...(hasBuckets ? buckets : [])].join(' ');
}

/** @param end totals at its end @param start totals at its start */
export function createBucket(
  at: string,
  end: readonly [added: string, removed: string],
  start: readonly [added: string, removed: string],
): StoredBucket {
  return {
    at: Number.parseInt(at, 10),
    added: BigInt(end[0]),
    removed: BigInt(end[1]),
    startTotals: { added: BigInt(start[0]), removed: BigInt(start[1]) },
  };
}
