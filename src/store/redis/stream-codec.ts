/** Decodes the streams that the Lua scripts write: the ledger of a dashboard, and the ended buckets of its counters. */
import type { BookedChange } from '../../counters/counters.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import type { LevelPoint } from '../store.js';
import { createBucket, type StoredBucket } from './hash-codec.js';

/** A stream entry: its id, and its fields and values in turn. */
export type StreamEntry = readonly [id: string, fields: readonly string[]];

/** Ledger entries and buckets per round trip. A longer reply would block the server for other clients. */
export const LEDGER_ENTRIES_PER_READ = 64;
export const BUCKETS_PER_READ = 5_000;

/** The id of a ledger entry is its revision. */
export function decodeLedgerEntry([id, [, at, , text = '{}']]: StreamEntry): LedgerEntry {
  const entry = JSON.parse(text) as Omit<LedgerEntry, 'revision' | 'at'> & { changes: BookedChange[] };
  return { revision: Number.parseInt(id, 10), at: Number(at), ...entry };
}

/** The id of a bucket is its start time. */
export function decodeBucket([id, fields]: StreamEntry): StoredBucket {
  const [, added = '0', , removed = '0', , startAdded = '0', , startRemoved = '0'] = fields;
  return createBucket(id, [added, removed], [startAdded, startRemoved]);
}

/** Decodes a bucket of a gauge. */
export function decodeLevel([id, fields]: StreamEntry): LevelPoint {
  const [, value = '0', , least = value, , most = value] = fields;
  return { at: Number.parseInt(id, 10), value: Number(value), least: Number(least), most: Number(most) };
}
