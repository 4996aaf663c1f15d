/** Parses and validates one line of an export. */
import { ERROR_CATALOG } from '../counters/error-catalog.js';
import { type BookedChange, MAX_AMOUNT, MAX_VALUE, NAME_PATTERN, TEXT_PATTERN } from '../counters/counters.js';
import type { ErrorCode } from '../counters/errors.js';
import type { LedgerEntry } from '../counters/ledger-entry.js';
import { BUCKETS, ROWS } from '../store/store.js';
import type { ExportedDashboard, ExportedKey, ExportRecord } from '../store/transfer.port.js';
import { parseDashboardLine, parseFirstDashboardLine } from './dashboard-parser.js';
import { createMapParser, FieldParser, parseCounterValue } from './field-parser.js';
import { EXPORT_VERSION, EXPORT_VERSIONS, type ExportVersion, type RecordCounts } from './line-format.js';
import { BadLineError } from './line-reader.js';
import { parseLevelsLine, parsePointsLine } from './points-parser.js';

export type ExportLine =
  | { readonly kind: 'header'; readonly version: ExportVersion }
  | { readonly kind: 'dashboard'; readonly dashboard: ExportedDashboard }
  | { readonly kind: 'record'; readonly record: ExportRecord }
  | { readonly kind: 'end'; readonly dashboard: string; readonly counts: RecordCounts }
  | { readonly kind: 'finished'; readonly dashboards: number };

const FIRST_LINE_FIELDS = ['tallyboard', 'version', 'dashboard', 'points', 'ledger', 'key', 'end', 'finished'];
const LINE_FIELDS = [...FIRST_LINE_FIELDS, 'levels'];
/** Widths of buckets by version of the format, milliseconds. The first one has no rows of days. */
const ALL_STEPS = ROWS.map(({ stepMs }) => stepMs);
const STEPS = { 1: BUCKETS.map(({ stepMs }) => stepMs), 2: ALL_STEPS, 3: ALL_STEPS };
/** A key of a client; with a line number, that of a bulk request for a line without a key. */
const STORED_KEY_PATTERN = /^[\x21-\x7e]{1,255}(?: \d{1,16})?$/;
/** Empty for anonymous senders, otherwise the kind and the name of the sender. */
const OWNER_PATTERN = /^(?:[a-z]+:[^\0\ud800-\udfff]+)?$/u;
const FINGERPRINT_PATTERN = /^[\w-]{1,64}$/;
const parseValues = createMapParser(NAME_PATTERN, parseCounterValue);

/**
 * Parses a line. What version 1 leaves out is filled in, but for the rows of days, which need the lines before.
 * @param version of the format, from the header
 * @throws BadLineError if the line is not valid; its position in the file is checked elsewhere
 */
export function parseExportLine(text: string, version: ExportVersion = EXPORT_VERSION): ExportLine {
  const line = new FieldParser(parseJsonText(text), '', version === 1 ? FIRST_LINE_FIELDS : LINE_FIELDS);
  if (line.has('points')) return { kind: 'record', record: { points: parsePointsLine(line, STEPS[version]) } };
  if (line.has('levels')) return { kind: 'record', record: { levels: parseLevelsLine(line) } };
  if (line.has('ledger')) return { kind: 'record', record: { ledger: parseLedgerLine(line) } };
  if (line.has('key')) return { kind: 'record', record: { key: parseKeyLine(line) } };
  if (line.has('dashboard')) {
    return { kind: 'dashboard', dashboard: version === 1 ? parseFirstDashboardLine(line) : parseDashboardLine(line) };
  }
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
  throw new BadLineError('unknown line: expected tallyboard, dashboard, points, levels, ledger, key, end or finished');
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
  const known = EXPORT_VERSIONS.find((number) => number === version);
  if (known !== undefined) return { kind: 'header', version: known };
  throw new BadLineError(
    `the export has format version ${version}, but this program reads up to ${EXPORT_VERSION}: import it with a newer Tallyboard`,
  );
}

function parseLedgerLine(line: FieldParser): LedgerEntry {
  const fields = line.parseObject('ledger', ['revision', 'at', 'changes', 'key', 'reason', 'who', 'undoes']);
  const key = fields.parseOptionalText('key', STORED_KEY_PATTERN);
  const [reason, who] = [
    fields.parseOptionalText('reason', TEXT_PATTERN),
    fields.parseOptionalText('who', TEXT_PATTERN),
  ];
  const revision = fields.parseInteger('revision', 1);
  return {
    revision,
    at: fields.parseInteger('at'),
    changes: fields.parseList('changes', parseLedgerChange),
    ...(key !== undefined && { key }),
    ...(reason !== undefined && { reason }),
    ...(who !== undefined && { who }),
    ...(fields.has('undoes') && { undoes: fields.parseInteger('undoes', 1, revision - 1) }),
  };
}

function parseLedgerChange(value: unknown, path: string): BookedChange {
  const isAmount = typeof value === 'object' && value !== null && 'by' in value;
  const fields = new FieldParser(value, path, isAmount ? ['counter', 'by'] : ['counter', 'to', 'moved']);
  const counter = fields.parseText('counter', NAME_PATTERN);
  if (isAmount) {
    const by = fields.parseInteger('by', -MAX_AMOUNT, MAX_AMOUNT);
    if (by === 0) throw new BadLineError(`${path}.by must not be 0`);
    return { counter, by };
  }
  const to = fields.parse('to', parseCounterValue);
  if (!fields.has('moved')) return { counter, to };
  const moved = fields.parse('moved', parseMoved);
  const before = BigInt(to) - BigInt(moved);
  if (before >= -BigInt(MAX_VALUE) && before <= BigInt(MAX_VALUE)) return { counter, to, moved };
  throw new BadLineError(`${path}.moved does not fit: no counter can have been at ${before}`);
}

/** The difference of two values: decimal text where JSON parsers would round it. */
function parseMoved(value: unknown, path: string): number | string {
  if (Number.isSafeInteger(value)) return value as number;
  if (typeof value === 'string' && /^-?[1-9]\d{15,16}$/.test(value)) {
    const moved = BigInt(value);
    const amount = moved < 0n ? -moved : moved;
    if (amount > MAX_VALUE && amount <= 2n * BigInt(MAX_VALUE)) return value;
  }
  throw new BadLineError(
    `${path} must be an integer up to ${MAX_VALUE} either way, or beyond up to twice that written as a string`,
  );
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
  const [revision, counters] = [outcome.parseInteger('revision', 1), outcome.parse('counters', parseValues)];
  // The import knows the dashboard from an earlier line.
  const reply = { outcome: { dashboard: '', revision, at: outcome.parseInteger('at'), counters, replayed: false } };
  return { ...header, reply };
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOG, code);
}
