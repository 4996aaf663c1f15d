/** Generates sample exports, and exports and imports in this process. */
import { Readable, Writable } from 'node:stream';
import { advance, applyChanges, type Change, type Counter, isRefusal, MAX_VALUE } from '../../src/counters/counters.js';
import { createRandom, type RandomSource } from '../../src/demo/random.js';
import { computeFingerprint, type MutableDashboard } from '../../src/store/in-process/decide.js';
import { SqliteExport } from '../../src/store/sqlite/sqlite.export.js';
import { SqliteImport } from '../../src/store/sqlite/sqlite.import.js';
import { BUCKETS, type LedgerEntry, type Retention } from '../../src/store/store.js';
import { PointRunBuilder } from '../../src/store/point-run-builder.js';
import {
  type ExportedKey,
  type BucketTotals,
  type ExportRecord,
  type StoreExport,
  type StoreImport,
} from '../../src/store/transfer.port.js';
import { exportDashboards } from '../../src/export-format/export.js';
import { type ImportResult, importDashboards, type ImportOptions } from '../../src/export-format/import.js';
import * as format from '../../src/export-format/line-format.js';
import { createTempDirectory } from './temp-directory.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './times.js';

export const RETENTION: Retention = {
  keyTtlMs: 86_400_000,
  ledgerRetentionMs: 30 * 86_400_000,
  maxLedgerEntries: 1_000_000,
};
/** Age ranges of change sets, oldest first. The gaps contain the retention limits of buckets, ledger and keys. */
const AGE_RANGES = [
  [1_000 * DAY_MS, 740 * DAY_MS],
  [700 * DAY_MS, 31 * DAY_MS],
  [29 * DAY_MS, 16 * DAY_MS],
  [13 * DAY_MS, 30 * HOUR_MS],
  [20 * HOUR_MS, 3 * HOUR_MS],
  [1.9 * HOUR_MS, HOUR_MS],
  [MINUTE_MS, 0],
] as const;
const TITLES = [undefined, 'Orders', 'Größe „ß“ 👩‍👩‍👧', '"\\ \u2028 </script>', ' '];
const OWNERS = [undefined, '', 'token:till1', 'jwt:Größe „ß“ 👩‍👩‍👧'];
const COUNTERS = ['orders', 'a', 'z-9_', 'products'];

/** Traces of an applied or refused change set in a store. */
interface SampleChange {
  readonly entry?: LedgerEntry;
  readonly key?: ExportedKey;
}

/** Buckets of a dashboard, keyed by counter and step, in order of time; each with the totals at its start and end. */
type Buckets = Map<string, { readonly totals: BucketTotals; readonly start: BucketTotals }[]>;

/**
 * Generates an export of dashboards with a history from a seed.
 * @returns `given` with expired data, and `expected` as a store exports it again, without them
 */
export function createSampleExport(seed: number): { readonly given: string; readonly expected: string } {
  const random = createRandom(seed);
  const nowMs = Date.now();
  const names = ['main', 'shop', 'x'].filter(() => random() < 0.8);
  const texts = names.map((name) => createSampleDashboard(name, random, nowMs));
  const joinDashboards = (index: 0 | 1): string =>
    format.HEADER_LINE + texts.map((pair) => pair[index]).join('') + format.formatFinishedLine(names.length);
  return { given: joinDashboards(0), expected: joinDashboards(1) };
}

function pick<T>(random: RandomSource, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

function createSampleDashboard(
  name: string,
  random: RandomSource,
  nowMs: number,
): readonly [given: string, expected: string] {
  const counters = new Map<string, Counter>();
  for (const counter of COUNTERS.filter(() => random() < 0.8)) {
    const [title, unit] = [pick(random, TITLES), pick(random, TITLES)];
    counters.set(counter, { ...(title && { title }), ...(unit && { unit }), value: 0, added: 0n, removed: 0n });
  }
  const title = pick(random, TITLES);
  const dashboard: MutableDashboard = {
    name,
    ...(title && { title }),
    epoch: `e-${name}`,
    revision: 0,
    at: 1,
    counters,
  };
  const [samples, buckets]: [SampleChange[], Buckets] = [[], new Map()];
  for (const [oldest, newest] of AGE_RANGES) {
    const times = Array.from({ length: Math.floor(random() * 12) }, () => oldest - random() * (oldest - newest));
    for (const age of times.toSorted((a, b) => b - a)) {
      if (counters.size > 0)
        samples.push(createSampleChange(dashboard, random, Math.floor(nowMs - age), buckets, samples.length));
    }
  }
  return [
    formatSample(dashboard, samples, buckets, () => true),
    // Data expires by the time of the last change.
    formatSample(dashboard, samples, buckets, (at, keepMs) => at > dashboard.at - keepMs),
  ];
}

function createSampleChange(
  dashboard: MutableDashboard,
  random: RandomSource,
  at: number,
  buckets: Buckets,
  number: number,
): SampleChange {
  const touched = [...dashboard.counters.keys()].filter(() => random() < 0.5);
  const changes = (touched.length > 0 ? touched : [pick(random, [...dashboard.counters.keys()])]).map(
    (counter): Change => {
      const to = random() < 0.2 ? pick(random, [0, MAX_VALUE, MAX_VALUE - 7]) : undefined;
      return to === undefined ? { counter, by: random() < 0.6 ? 3 : -2 } : { counter, to };
    },
  );
  const key = random() < 0.7 ? `${pick(random, ['z', 'a', 'K~!"'])}${number}` : undefined;
  const applied = applyChanges(dashboard, changes, at);
  const reply = isRefusal(applied)
    ? { refusal: applied, replayed: false }
    : {
        outcome: {
          dashboard: dashboard.name,
          revision: applied.revision,
          at: applied.at,
          counters: Object.fromEntries([...applied.counters].map(([counter, { value }]) => [counter, value])),
          replayed: false,
        },
      };
  const owner = pick(random, OWNERS);
  const keepUntil = at + RETENTION.keyTtlMs;
  const [reason, who] = [pick(random, TITLES), pick(random, TITLES)];
  const fingerprint = computeFingerprint({ dashboard: dashboard.name, changes, ...(reason && { reason }) });
  const owned = { ...(owner !== undefined && { owner }), at, keepUntil, fingerprint, reply };
  const keyRecord = key !== undefined && { key: { key, ...owned } };
  if (isRefusal(applied)) return { ...keyRecord };
  for (const [counter, { added, removed }] of applied.counters) {
    const before = applied.previous.get(counter) ?? { added: 0n, removed: 0n };
    for (const { stepMs } of BUCKETS) {
      const start = applied.at - (applied.at % stepMs);
      const series = buckets.get(`${counter} ${stepMs}`) ?? [];
      const last = series.at(-1);
      const previousStart = last?.totals.at === start ? series.pop()?.start : undefined;
      series.push({ totals: { at: start, added, removed }, start: previousStart ?? { at: 0, ...before } });
      buckets.set(`${counter} ${stepMs}`, series);
    }
  }
  advance(dashboard, applied);
  const details = { ...(key !== undefined && { key }), ...(reason && { reason }), ...(who && { who }) };
  return { entry: { revision: applied.revision, at: applied.at, changes, ...details }, ...keyRecord };
}

function formatSample(
  dashboard: MutableDashboard,
  samples: readonly SampleChange[],
  buckets: Buckets,
  isKept: (at: number, keepMs: number) => boolean,
): string {
  const counters = [...dashboard.counters].map(([name, { value: _value, ...counter }]) => ({ name, ...counter }));
  const records: ExportRecord[] = [];
  for (const { name } of counters) {
    for (const { stepMs, keepMs } of BUCKETS) {
      const builder = new PointRunBuilder(name, stepMs);
      const keptBuckets = (buckets.get(`${name} ${stepMs}`) ?? []).filter(({ totals }) =>
        isKept(totals.at, keepMs + stepMs),
      );
      const runs = [...keptBuckets.map(({ totals, start }) => builder.push(totals, start)), builder.finish()];
      for (const points of runs) if (points) records.push({ points });
    }
  }
  const entries = samples.flatMap(({ entry }) =>
    entry && isKept(entry.at, RETENTION.ledgerRetentionMs) ? [entry] : [],
  );
  records.push(...entries.map((ledger) => ({ ledger })));
  const keys = samples.flatMap(({ key }) => (key && isKept(key.at, RETENTION.keyTtlMs) ? [key] : []));
  const sorted = keys.toSorted((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
  records.push(...sorted.map((key) => ({ key })));
  const counts = format.addRecordCounts(format.NO_RECORDS, records);
  const lines = [format.formatDashboardLine({ ...dashboard, counters }), ...records.map(format.formatRecordLine)];
  return lines.join('') + format.formatEndLine(dashboard.name, counts);
}

/** A store that can be exported and imported. */
export interface TransferEndpoint {
  readonly openImport: () => Promise<StoreImport>;
  readonly openExport: (retention?: Retention) => Promise<StoreExport>;
}

export function createSqliteEndpoint(
  directory = createTempDirectory(),
): TransferEndpoint & { readonly directory: string } {
  return {
    directory,
    openImport: async () => new SqliteImport(directory, RETENTION),
    openExport: async (retention = RETENTION) => new SqliteExport(directory, retention),
  };
}

export async function exportToText(
  { openExport }: TransferEndpoint,
  retention?: Retention,
  names: readonly string[] = [],
) {
  const store = await openExport(retention);
  const chunks: string[] = [];
  const output = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  try {
    await exportDashboards(store, output, names, () => undefined);
    return chunks.join('');
  } finally {
    await store.close();
  }
}

/** @returns the import result of each dashboard, by name */
export async function importText(
  { openImport }: TransferEndpoint,
  text: string | AsyncIterable<Buffer>,
  options: Partial<ImportOptions> = {},
) {
  const store = await openImport();
  const results: Record<string, ImportResult> = {};
  const onProgress: ImportOptions['onProgress'] = ({ name }, result) => (results[name] = result);
  try {
    const input = Readable.from(typeof text === 'string' ? [Buffer.from(text)] : text);
    await importDashboards(store, input, { names: [], replace: false, onProgress, ...options });
    return results;
  } finally {
    await store.close();
  }
}
