/** Generates sample exports, and exports and imports in this process. */
import { readFileSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import {
  advance,
  type AppliedChangeSet,
  applyChanges,
  type Change,
  type Counter,
  type CounterTotals,
  isRefusal,
  MAX_VALUE,
} from '../../src/counters/counters.js';
import type { CounterDefinition, DashboardSettings } from '../../src/counters/definition.js';
import { resolveReckoning } from '../../src/measures/reckoning.js';
import { createRandom, type RandomSource } from '../../src/demo/random.js';
import {
  computeFingerprint,
  type MutableDashboard,
  toBucketStart,
  toLedgerEntry,
} from '../../src/store/in-process/decide.js';
import { findDay } from '../../src/store/open-day.js';
import { SqliteExport } from '../../src/store/sqlite/sqlite.export.js';
import { SqliteImport } from '../../src/store/sqlite/sqlite.import.js';
import type { LedgerEntry } from '../../src/counters/ledger-entry.js';
import { DAY_ROWS, type LevelPoint, type Retention, ROWS } from '../../src/store/store.js';
import { PointRunBuilder } from '../../src/store/point-run-builder.js';
import {
  type ExportedKey,
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
const SETTINGS: readonly DashboardSettings[] = [
  {},
  { timeZone: 'Europe/Berlin', dayStartsAt: '04:00', weekStartsOn: 'sunday' },
  { timeZone: 'Asia/Kathmandu' },
];
const DEFINITIONS: readonly CounterDefinition[] = [
  {},
  { currency: 'EUR', scale: 2, min: null, headline: 'day', target: { value: 500_000, per: 'day' } },
  { unit: 'people', kind: 'gauge', min: null, goodWhen: 'down' },
  { kind: 'gauge', target: { value: 5 } },
  {
    min: -3,
    compareWith: 'year',
    thresholds: [
      { at: -1, level: 'bad' },
      { at: 9, level: 'good' },
    ],
  },
];

/** Traces of an applied or refused change set in a store. */
interface SampleChange {
  readonly entry?: LedgerEntry;
  readonly key?: ExportedKey;
}

/** A row of a counter or a gauge, of any step. */
interface SampleRow {
  readonly at: number;
  readonly startTotals: CounterTotals;
  readonly endTotals: CounterTotals;
  readonly level: LevelPoint;
}

/** Rows of a dashboard, keyed by counter and step, in order of time. */
type SampleRows = Map<string, SampleRow[]>;

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
    const [title, singular] = [pick(random, TITLES), pick(random, TITLES)];
    const definition = { ...(title && { title }), ...pick(random, DEFINITIONS), ...(singular && { singular }) };
    counters.set(counter, { definition, value: 0, added: 0n, removed: 0n });
  }
  const dashboard: MutableDashboard = {
    name,
    settings: createSampleSettings([...counters.keys()], random),
    version: 1 + Math.floor(random() * 9),
    epoch: `e-${name}`,
    revision: 0,
    at: 1,
    counters,
  };
  const [samples, rows]: [SampleChange[], SampleRows] = [[], new Map()];
  for (const [oldest, newest] of AGE_RANGES) {
    const times = Array.from({ length: Math.floor(random() * 12) }, () => oldest - random() * (oldest - newest));
    for (const age of times.toSorted((a, b) => b - a)) {
      if (counters.size > 0)
        samples.push(createSampleChange(dashboard, random, Math.floor(nowMs - age), rows, samples.length));
    }
  }
  return [
    formatSample(dashboard, samples, rows, () => true),
    // Data expires by the time of the last change.
    formatSample(dashboard, samples, rows, (at, keepMs) => at > dashboard.at - keepMs),
  ];
}

function createSampleSettings(counters: readonly string[], random: RandomSource): DashboardSettings {
  const title = pick(random, TITLES);
  const [first, second = first] = counters;
  const settings = { ...(title && { title }), ...pick(random, SETTINGS) };
  if (first === undefined || second === undefined || random() < 0.5) return settings;
  return {
    ...settings,
    measures: {
      share: { ratio: [first, second], percent: true, title: 'Share' },
      'all-9': { sum: [`-${first}`, second] },
    },
    layout: {
      groups: [
        {
          title: 'First',
          tiles: [
            { show: 'share', size: 'large' },
            { show: first, hidden: true },
          ],
        },
      ],
    },
  };
}

function createSampleChange(
  dashboard: MutableDashboard,
  random: RandomSource,
  at: number,
  rows: SampleRows,
  number: number,
): SampleChange {
  const touched = [...dashboard.counters.keys()].filter(() => random() < 0.5);
  const changes = (touched.length > 0 ? touched : [pick(random, [...dashboard.counters.keys()])]).map(
    (counter): Change => {
      const to = random() < 0.2 ? pick(random, [0, MAX_VALUE, MAX_VALUE - 7, -MAX_VALUE]) : undefined;
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
  const undoes = dashboard.revision > 0 && random() < 0.1 ? { undoes: dashboard.revision } : {};
  const payload = { changes, ...(reason && { reason }), ...undoes };
  const fingerprint = computeFingerprint({ dashboard: dashboard.name, ...payload });
  const owned = { ...(owner !== undefined && { owner }), at, keepUntil, fingerprint, reply };
  const keyRecord = key !== undefined && { key: { key, ...owned } };
  if (isRefusal(applied)) return { ...keyRecord };
  addSampleRows(dashboard, applied, rows);
  advance(dashboard, applied);
  const changeSet = { dashboard: dashboard.name, ...payload, ...(key !== undefined && { key }) };
  return { entry: toLedgerEntry({ ...changeSet, ...(who && { who }) }, applied), ...keyRecord };
}

function addSampleRows(dashboard: MutableDashboard, applied: AppliedChangeSet, rows: SampleRows): void {
  const day = findDay(dashboard, resolveReckoning(dashboard.settings, 'UTC'), applied.at);
  Object.assign(dashboard, { day });
  for (const [counter, { value, added, removed }] of applied.counters) {
    const before = applied.previous.get(counter) ?? { value: 0, added: 0n, removed: 0n };
    for (const { stepMs } of ROWS) {
      const at = stepMs === DAY_ROWS.stepMs ? day.start : toBucketStart(applied.at, stepMs);
      const series = rows.get(`${counter} ${stepMs}`) ?? [];
      const present = series.at(-1)?.at === at ? series.pop() : undefined;
      const { least, most } = present?.level ?? { least: before.value, most: before.value };
      series.push({
        at,
        startTotals: present?.startTotals ?? before,
        endTotals: { added, removed },
        level: { at, value, least: Math.min(least, value), most: Math.max(most, value) },
      });
      rows.set(`${counter} ${stepMs}`, series);
    }
  }
}

function formatSample(
  dashboard: MutableDashboard,
  samples: readonly SampleChange[],
  rows: SampleRows,
  isKept: (at: number, keepMs: number) => boolean,
): string {
  const counters = [...dashboard.counters].map(([name, counter]) => ({ name, ...counter }));
  const records: ExportRecord[] = [];
  for (const { name, definition } of counters) {
    for (const { stepMs, keepMs } of ROWS) {
      const keptRows = (rows.get(`${name} ${stepMs}`) ?? []).filter(({ at }) => isKept(at, keepMs + stepMs));
      if (definition.kind === 'gauge') {
        const levels = keptRows.map(({ level }) => level);
        if (levels.length > 0) records.push({ levels: { counter: name, stepMs, levels } });
        continue;
      }
      const builder = new PointRunBuilder(name, stepMs);
      const runs = keptRows.map(({ at, endTotals, startTotals }) => builder.push({ at, ...endTotals }, startTotals));
      for (const points of [...runs, builder.finish()]) if (points) records.push({ points });
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

/** Reads an export of test/fixtures. What version 1 becomes has the number of the present version. */
export function readExportFixture(name: 'version-1' | 'version-1-as-2'): string {
  const text = readFileSync(new URL(`../fixtures/exports/${name}.ndjson`, import.meta.url), 'utf8');
  return name === 'version-1' ? text : text.replace(/^.*\n/, format.HEADER_LINE);
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
