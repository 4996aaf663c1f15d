/** Parses and validates one line of an export. */
import { ERROR_CATALOG } from '../counters/error-catalog.js';
import { type Change, MAX_AMOUNT, MAX_VALUE, NAME_PATTERN, TEXT_PATTERN } from '../counters/counters.js';
import type { ErrorCode } from '../counters/errors.js';
import { BUCKETS } from '../store/store.js';
import type {
  BucketTotals,
  ExportedCounter,
  ExportedDashboard,
  ExportedKey,
  ExportRecord,
  PointRun,
} from '../store/transfer.port.js';
import { EXPORT_VERSION, type RecordCounts } from './line-format.js';
import { BadLineError } from './line-reader.js';
import { createTotals, FieldParser, parseInteger, parseTotal } from './field-parser.js';

export type ExportLine =
  | { readonly kind: 'header' }
  | { readonly kind: 'dashboard'; readonly dashboard: ExportedDashboard }
  | { readonly kind: 'record'; readonly record: ExportRecord }
  | { readonly kind: 'end'; readonly dashboard: string; readonly counts: RecordCounts }
  | { readonly kind: 'finished'; readonly dashboards: number };

const LINE_FIELDS = ['tallyboard', 'version', 'dashboard', 'points', 'ledger', 'key', 'end', 'finished'];
const EPOCH_PATTERN = /^[\w-]{1,64}$/;
/** A key of a client; with a line number, that of a bulk request for a line without a key. */
const STORED_KEY_PATTERN = /^[\x21-\x7e]{1,255}(?: \d{1,16})?$/;
/** Empty for anonymous senders, otherwise the kind and the name of the sender. */
const OWNER_PATTERN = /^(?:[a-z]+:[^\0\ud800-\udfff]+)?$/u;
const FINGERPRINT_PATTERN = /^[\w-]{1,64}$/;

/** @throws BadLineError if the line is not valid; its position in the file is checked elsewhere */
export function parseExportLine(text: string): ExportLine {
  const line = new FieldParser(parseJsonText(text), '', LINE_FIELDS);
  if (line.has('points')) return { kind: 'record', record: { points: parsePointsLine(line) } };
  if (line.has('ledger')) return { kind: 'record', record: { ledger: parseLedgerLine(line) } };
  if (line.has('key')) return { kind: 'record', record: { key: parseKeyLine(line) } };
  if (line.has('dashboard')) return { kind: 'dashboard', dashboard: parseDashboardLine(line) };
  if (line.has('tallyboard')) return parseHeaderLine(line);
  if (line.has('end')) {
    const end = line.parseObject('end', ['dashboard', 'points', 'ledger', 'keys']);
    const counts = {
      points: end.parseInteger('points'),
      ledger: end.parseInteger('ledger'),
      keys: end.parseInteger('keys'),
    };
    return { kind: 'end', dashboard: end.parseText('dashboard', NAME_PATTERN), counts };
  }
  if (line.has('finished')) {
    return { kind: 'finished', dashboards: line.parseObject('finished', ['dashboards']).parseInteger('dashboards') };
  }
  throw new BadLineError('unknown line: expected tallyboard, dashboard, points, ledger, key, end or finished');
}

function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadLineError('not valid JSON');
  }
}

function parseHeaderLine(line: FieldParser): ExportLine {
  line.parseText('tallyboard', /^export$/);
  const version = line.parseInteger('version', 1);
  if (version <= EXPORT_VERSION) return { kind: 'header' };
  throw new BadLineError(
    `the export has format version ${version}, but this program reads up to ${EXPORT_VERSION}: import it with a newer Tallyboard`,
  );
}

function parseDashboardLine(line: FieldParser): ExportedDashboard {
  const fields = line.parseObject('dashboard', ['name', 'title', 'epoch', 'revision', 'at', 'counters']);
  const title = fields.parseOptionalText('title', TEXT_PATTERN);
  return {
    name: fields.parseText('name', NAME_PATTERN),
    ...(title !== undefined && { title }),
    epoch: fields.parseText('epoch', EPOCH_PATTERN),
    revision: fields.parseInteger('revision'),
    at: fields.parseInteger('at'),
    counters: fields.parseList('counters', parseExportedCounter),
  };
}

function parseExportedCounter(value: unknown, path: string): ExportedCounter {
  const fields = new FieldParser(value, path, ['name', 'title', 'unit', 'added', 'removed']);
  const [title, unit] = [
    fields.parseOptionalText('title', TEXT_PATTERN),
    fields.parseOptionalText('unit', TEXT_PATTERN),
  ];
  return {
    name: fields.parseText('name', NAME_PATTERN),
    ...(title !== undefined && { title }),
    ...(unit !== undefined && { unit }),
    ...createTotals(fields.parseTotal('added'), fields.parseTotal('removed'), path),
  };
}

function parsePointsLine(line: FieldParser): PointRun {
  const fields = line.parseObject('points', ['counter', 'step', 'from', 'rows']);
  const step = fields.parseInteger('step');
  const bucket = BUCKETS.find(({ stepMs }) => stepMs === step * 1_000);
  if (!bucket) throw new BadLineError('points.step must be 1, 60 or 3600');
  const [added, removed, ...more] = fields.parseList('from', parseTotal);
  if (added === undefined || removed === undefined || more.length > 0) {
    throw new BadLineError('points.from must be ["added", "removed"]');
  }
  const { stepMs } = bucket;
  return {
    counter: fields.parseText('counter', NAME_PATTERN),
    stepMs,
    startTotals: createTotals(added, removed, 'points.from'),
    buckets: fields.parseList('rows', (row, path) => parseBucketRow(row, path, stepMs)),
  };
}

function parseBucketRow(row: unknown, path: string, stepMs: number): BucketTotals {
  if (!Array.isArray(row) || row.length !== 3) throw new BadLineError(`${path} must be [at, "added", "removed"]`);
  const [at, added, removed] = row as unknown[];
  const start = parseInteger(at, path, 1);
  if (start % stepMs !== 0) throw new BadLineError(`${path} must begin at a multiple of the step`);
  return { at: start, ...createTotals(parseTotal(added, path), parseTotal(removed, path), path) };
}

function parseLedgerLine(line: FieldParser) {
  const fields = line.parseObject('ledger', ['revision', 'at', 'changes', 'key', 'reason', 'who']);
  const key = fields.parseOptionalText('key', STORED_KEY_PATTERN);
  const [reason, who] = [
    fields.parseOptionalText('reason', TEXT_PATTERN),
    fields.parseOptionalText('who', TEXT_PATTERN),
  ];
  return {
    revision: fields.parseInteger('revision', 1),
    at: fields.parseInteger('at'),
    changes: fields.parseList('changes', parseLedgerChange),
    ...(key !== undefined && { key }),
    ...(reason !== undefined && { reason }),
    ...(who !== undefined && { who }),
  };
}

function parseLedgerChange(value: unknown, path: string): Change {
  const fields = new FieldParser(value, path, ['counter', 'by', 'to']);
  const counter = fields.parseText('counter', NAME_PATTERN);
  if (fields.has('by')) {
    const by = fields.parseInteger('by', -MAX_AMOUNT, MAX_AMOUNT);
    if (by === 0) throw new BadLineError(`${path}.by must not be 0`);
    return { counter, by };
  }
  return { counter, to: fields.parseInteger('to', 0, MAX_VALUE) };
}

function parseKeyLine(line: FieldParser): ExportedKey {
  const fields = line.parseObject('key', ['key', 'owner', 'at', 'keepUntil', 'fingerprint', 'outcome', 'refusal']);
  const owner = fields.has('owner') ? fields.parseText('owner', OWNER_PATTERN) : undefined;
  const at = fields.parseInteger('at');
  const header = {
    key: fields.parseText('key', STORED_KEY_PATTERN),
    ...(owner !== undefined && { owner }),
    at,
    ...(fields.has('keepUntil') && { keepUntil: fields.parseInteger('keepUntil', at) }),
    fingerprint: fields.parseText('fingerprint', FINGERPRINT_PATTERN),
  };
  if (fields.has('refusal')) {
    const refusal = fields.parseObject('refusal', ['code', 'detail']);
    const code = refusal.parseText('code', /^[a-z-]+$/);
    if (!isErrorCode(code)) throw new BadLineError('key.refusal.code must be a code of the error catalogue');
    const detail = refusal.parseText('detail', TEXT_PATTERN);
    return { ...header, reply: { refusal: { code, detail }, replayed: false } };
  }
  const outcome = fields.parseObject('outcome', ['revision', 'at', 'counters']);
  const [revision, counters] = [outcome.parseInteger('revision', 1), outcome.parseValues('counters', NAME_PATTERN)];
  // The import knows the dashboard from an earlier line.
  const reply = { outcome: { dashboard: '', revision, at: outcome.parseInteger('at'), counters, replayed: false } };
  return { ...header, reply };
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOG, code);
}
