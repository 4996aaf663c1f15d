/** Reads one line of an export: what it says, or what is wrong with its shape. */
import { ERROR_CATALOG } from '../counters/error-catalog.js';
import { type Change, MAX_AMOUNT, MAX_VALUE, NAME_PATTERN, TEXT_PATTERN } from '../counters/counters.js';
import type { ErrorCode } from '../counters/errors.js';
import { BUCKETS } from '../store/store.js';
import type {
  ExportedKey,
  BucketTotals,
  ExportedCounter,
  ExportedDashboard,
  ExportRecord,
  PointRun,
} from '../store/transfer.port.js';
import { type Counts, VERSION } from './line-format.js';
import { BadLineError } from './line-reader.js';
import { Fields, totalOf, totalsOf, wholeOf } from './field-parsers.js';

export type Line =
  | { readonly kind: 'header' }
  | { readonly kind: 'dashboard'; readonly dashboard: ExportedDashboard }
  | { readonly kind: 'piece'; readonly piece: ExportRecord }
  | { readonly kind: 'end'; readonly dashboard: string; readonly counts: Counts }
  | { readonly kind: 'finished'; readonly dashboards: number };

const KINDS = ['tallyboard', 'version', 'dashboard', 'points', 'ledger', 'key', 'end', 'finished'];
const EPOCH = /^[\w-]{1,64}$/;
const KEY = /^[\x21-\x7e]{1,255}$/;
const FINGERPRINT = /^[\w-]{1,64}$/;

/** @throws BadLineError */
export function readLine(text: string): Line {
  const line = new Fields(parsed(text), '', KINDS);
  if (line.has('points')) return { kind: 'piece', piece: { points: stretchOf(line) } };
  if (line.has('ledger')) return { kind: 'piece', piece: { ledger: entryOf(line) } };
  if (line.has('key')) return { kind: 'piece', piece: { key: keyOf(line) } };
  if (line.has('dashboard')) return { kind: 'dashboard', dashboard: dashboardOf(line) };
  if (line.has('tallyboard')) return headerOf(line);
  if (line.has('end')) {
    const end = line.fields('end', ['dashboard', 'points', 'ledger', 'keys']);
    const counts = { points: end.whole('points'), ledger: end.whole('ledger'), keys: end.whole('keys') };
    return { kind: 'end', dashboard: end.text('dashboard', NAME_PATTERN), counts };
  }
  if (line.has('finished')) {
    return { kind: 'finished', dashboards: line.fields('finished', ['dashboards']).whole('dashboards') };
  }
  throw new BadLineError('it says nothing that this version knows');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadLineError('it is no JSON');
  }
}

function headerOf(line: Fields): Line {
  line.text('tallyboard', /^export$/);
  const version = line.whole('version', 1);
  if (version <= VERSION) return { kind: 'header' };
  throw new BadLineError(
    `it is an export of version ${version}, and this program reads up to ${VERSION}: import it with a newer Tallyboard`,
  );
}

function dashboardOf(line: Fields): ExportedDashboard {
  const fields = line.fields('dashboard', ['name', 'title', 'epoch', 'revision', 'at', 'counters']);
  const title = fields.optionalText('title', TEXT_PATTERN);
  return {
    name: fields.text('name', NAME_PATTERN),
    ...(title !== undefined && { title }),
    epoch: fields.text('epoch', EPOCH),
    revision: fields.whole('revision'),
    at: fields.whole('at'),
    counters: fields.list('counters', counterOf),
  };
}

function counterOf(value: unknown, place: string): ExportedCounter {
  const fields = new Fields(value, place, ['name', 'title', 'unit', 'added', 'removed']);
  const [title, unit] = [fields.optionalText('title', TEXT_PATTERN), fields.optionalText('unit', TEXT_PATTERN)];
  return {
    name: fields.text('name', NAME_PATTERN),
    ...(title !== undefined && { title }),
    ...(unit !== undefined && { unit }),
    ...totalsOf(fields.total('added'), fields.total('removed'), place),
  };
}

function stretchOf(line: Fields): PointRun {
  const fields = line.fields('points', ['counter', 'step', 'from', 'rows']);
  const step = fields.whole('step');
  const bucket = BUCKETS.find(({ stepMs }) => stepMs === step * 1_000);
  if (!bucket) throw new BadLineError('points.step has to be 1, 60 or 3600');
  const [added, removed, ...more] = fields.list('from', totalOf);
  if (added === undefined || removed === undefined || more.length > 0) {
    throw new BadLineError('points.from has to be ["added", "removed"]');
  }
  const { stepMs } = bucket;
  return {
    counter: fields.text('counter', NAME_PATTERN),
    stepMs,
    startTotals: totalsOf(added, removed, 'points.from'),
    buckets: fields.list('rows', (row, place) => markOf(row, place, stepMs)),
  };
}

function markOf(row: unknown, place: string, stepMs: number): BucketTotals {
  if (!Array.isArray(row) || row.length !== 3) throw new BadLineError(`${place} has to be [at, "added", "removed"]`);
  const [at, added, removed] = row as unknown[];
  const start = wholeOf(at, place, 1);
  if (start % stepMs !== 0) throw new BadLineError(`${place} has to begin at a multiple of its step`);
  return { at: start, ...totalsOf(totalOf(added, place), totalOf(removed, place), place) };
}

function entryOf(line: Fields) {
  const fields = line.fields('ledger', ['revision', 'at', 'changes', 'key', 'reason', 'who']);
  const key = fields.optionalText('key', KEY);
  const [reason, who] = [fields.optionalText('reason', TEXT_PATTERN), fields.optionalText('who', TEXT_PATTERN)];
  return {
    revision: fields.whole('revision', 1),
    at: fields.whole('at'),
    changes: fields.list('changes', changeOf),
    ...(key !== undefined && { key }),
    ...(reason !== undefined && { reason }),
    ...(who !== undefined && { who }),
  };
}

function changeOf(value: unknown, place: string): Change {
  const fields = new Fields(value, place, ['counter', 'by', 'to']);
  const counter = fields.text('counter', NAME_PATTERN);
  if (fields.has('by')) return { counter, by: fields.whole('by', -MAX_AMOUNT, MAX_AMOUNT) };
  return { counter, to: fields.whole('to', 0, MAX_VALUE) };
}

function keyOf(line: Fields): ExportedKey {
  const fields = line.fields('key', ['key', 'at', 'fingerprint', 'outcome', 'refusal']);
  const [key, at] = [fields.text('key', KEY), fields.whole('at')];
  const fingerprint = fields.text('fingerprint', FINGERPRINT);
  if (fields.has('refusal')) {
    const refusal = fields.fields('refusal', ['code', 'detail']);
    const code = refusal.text('code', /^[a-z-]+$/);
    if (!isErrorCode(code)) throw new BadLineError(`key.refusal.code has to be in the catalogue of errors`);
    return {
      key,
      at,
      fingerprint,
      reply: { refusal: { code, detail: refusal.text('detail', TEXT_PATTERN) }, replayed: false },
    };
  }
  const outcome = fields.fields('outcome', ['revision', 'at', 'counters']);
  const [revision, counters] = [outcome.whole('revision', 1), outcome.values('counters', NAME_PATTERN)];
  // Of which dashboard it is, is said by the line before.
  return {
    key,
    at,
    fingerprint,
    reply: { outcome: { dashboard: '', revision, at: outcome.whole('at'), counters, replayed: false } },
  };
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOG, code);
}
