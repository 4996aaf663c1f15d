/** Encodes and decodes the hash of a dashboard: header fields, definitions (`d:NAME`) and counters (`c:NAME`). */
import type { Counter, CounterTotals, Dashboard } from '../../counters/counters.js';
import { describeOtherForm, FORM_FIELD, isKnownForm } from './data-form.js';
import { BUCKETS } from '../store.js';
import type { BucketTotals } from '../transfer.port.js';

export type HashFields = Readonly<Record<string, string>>;

/** A bucket with the totals at its end and at its start. */
export interface StoredBucket extends BucketTotals {
  readonly startTotals: CounterTotals;
}

/** A counter: its totals, and the open bucket of each step in BUCKETS, if there is one. */
export interface StoredCounter {
  readonly totals: CounterTotals;
  readonly openBuckets: readonly (StoredBucket | undefined)[];
}

/** @returns undefined if there is no such dashboard @throws Error if it has another data form */
export function decodeDashboard(name: string, fields: HashFields): Dashboard | undefined {
  const { epoch, revision, at, title } = fields;
  if (epoch === undefined) return undefined;
  if (!isKnownForm(fields[FORM_FIELD])) throw new Error(describeOtherForm(name, fields[FORM_FIELD] ?? '1'));
  const declared: [number, string, Counter][] = [];
  for (const [field, text] of Object.entries(fields)) {
    if (!field.startsWith('d:')) continue;
    const counter = field.slice(2);
    const [position = '', definition = '{}'] = text.split(/ (.*)/s, 2);
    const [value = '0', added = '0', removed = '0'] = (fields[`c:${counter}`] ?? '').split(' ', 3);
    declared.push([
      Number(position),
      counter,
      {
        ...(JSON.parse(definition) as Pick<Counter, 'title' | 'unit'>),
        value: Number(value),
        added: BigInt(added),
        removed: BigInt(removed),
      },
    ]);
  }
  const counters = new Map(
    declared.toSorted(([left], [right]) => left - right).map(([, counter, state]) => [counter, state]),
  );
  return {
    name,
    ...(title !== undefined && { title }),
    epoch,
    revision: Number(revision),
    at: Number(at),
    counters,
  };
}

/**
 * Parses `value added removed`, followed by `start added removed` for the open bucket of each step: its start time, and
 * the totals at that time. A start of 0 means that the step has no open bucket.
 */
export function decodeCounter(text: string): StoredCounter {
  const [, added = '0', removed = '0', ...buckets] = text.split(' ');
  const openBuckets = BUCKETS.map((_bucket, index) => {
    const [at, startAdded = '0', startRemoved = '0'] = buckets.slice(index * 3);
    return at === undefined || at === '0' ? undefined : createBucket(at, [added, removed], [startAdded, startRemoved]);
  });
  return { totals: { added: BigInt(added), removed: BigInt(removed) }, openBuckets };
}

export function encodeCounter({ totals: { added, removed }, openBuckets }: StoredCounter): string {
  const buckets = openBuckets.map((bucket) => {
    const { at, startTotals } = bucket ?? { at: 0, startTotals: { added, removed } };
    return `${at} ${startTotals.added} ${startTotals.removed}`;
  });
  return [added - removed, added, removed, ...(openBuckets.some(Boolean) ? buckets : [])].join(' ');
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
