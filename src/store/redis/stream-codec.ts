/** The streams of a dashboard, as the Lua scripts write them: its ledger, and the ended buckets of its counters. */
import type { Change } from '../../counters/counters.js';
import type { LedgerEntry } from '../store.js';
import { createBucket, type StoredBucket } from './hash-codec.js';

/** An entry: its id, and its fields and their values in turn. */
export type StreamEntry = readonly [id: string, fields: readonly string[]];

/** Ledger entries and buckets that are read with one round trip: a server that answers with more keeps others waiting. */
export const LEDGER_ENTRIES_PER_READ = 64;
export const BUCKETS_PER_READ = 5_000;

/** The id is the revision. */
export function decodeLedgerEntry([id, [, at, , text = '{}']]: StreamEntry): LedgerEntry {
  const entry = JSON.parse(text) as Omit<LedgerEntry, 'revision' | 'at'> & { changes: Change[] };
  return { revision: Number.parseInt(id, 10), at: Number(at), ...entry };
}

/** The id is the time at which the bucket begins. */
export function decodeBucket([id, fields]: StreamEntry): StoredBucket {
  const [, added = '0', , removed = '0', , startAdded = '0', , startRemoved = '0'] = fields;
  return createBucket(id, [added, removed], [startAdded, startRemoved]);
}
