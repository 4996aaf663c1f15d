/** Data of the first form (test/fixtures/form-1), and what it has to be for every later version. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { ChangeSet, Snapshot } from '../../src/counters/counters.js';
import type { LedgerEntry } from '../../src/counters/ledger-entry.js';
import { createClockVariables } from './faked-clock-variables.js';
import { createTempDirectory } from './temp-directory.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/form-1/', import.meta.url));

/** A request that was sent to the earlier version, with its answer. */
interface RecordedRequest {
  readonly who: 'till1' | 'till2';
  readonly method: string;
  readonly path: string;
  readonly body?: Pick<ChangeSet, 'changes' | 'reason'>;
  readonly key?: string;
  readonly status: number;
  readonly outcome?: Readonly<Record<string, unknown>>;
  /** Of a refusal. */
  readonly detail?: string;
}

interface Series {
  readonly value: readonly number[];
  readonly added: readonly number[];
  readonly removed: readonly number[];
}

export interface RecordedHistory {
  readonly step: number;
  readonly at: readonly number[];
  readonly counters: Readonly<Record<string, Series>>;
}

interface RecordedDashboard {
  readonly snapshot: Snapshot & { readonly epoch: string };
  readonly ledger: readonly LedgerEntry[];
  /** By path and query. */
  readonly history: Readonly<Record<string, RecordedHistory>>;
}

interface Recording {
  readonly requests: readonly RecordedRequest[];
  readonly state: Readonly<Record<string, RecordedDashboard>>;
}

export function readRecording(store: 'embedded' | 'redis'): Recording {
  return JSON.parse(readFileSync(join(FIXTURES, `${store}.json`), 'utf8')) as Recording;
}

export function readFixture(name: string): Buffer {
  return readFileSync(join(FIXTURES, name));
}

/** Unpacks the data directory of a service that was killed. @returns its path */
export function unpackDataDirectory(): string {
  const directory = createTempDirectory();
  for (const name of ['tallyboard.db', 'tallyboard.db-wal'])
    writeFileSync(join(directory, name), gunzipSync(readFixture(`${name}.gz`)));
  return directory;
}

/** Variables of a process that runs a minute after the recording. */
export function createRecordedClock({ state }: Recording): Record<string, string> {
  return createClockVariables(Math.max(...Object.values(state).map(({ snapshot }) => snapshot.at)));
}
