/** Parses the line of a dashboard, of this version of the format and of the first. */
import { getMinimum, MAX_VALUE, NAME_PATTERN, TEXT_PATTERN, type TimeSpan } from '../counters/counters.js';
import { toBucketStart } from '../store/in-process/decide.js';
import { DAY_ROWS } from '../store/store.js';
import type { ExportedCounter, ExportedDashboard } from '../store/transfer.port.js';
import { assertValidDefinition, parseCounterDefinition, parseSettings } from './definition-parser.js';
import { createTotals, FieldParser, parseInteger } from './field-parser.js';
import { BadLineError } from './line-reader.js';
import { parseRules } from './rules-parser.js';

const EPOCH_PATTERN = /^[\w-]{1,64}$/;
const MINUTE_MS = 60_000;

export function parseDashboardLine(line: FieldParser): ExportedDashboard {
  const known = ['name', 'settings', 'version', 'epoch', 'revision', 'at', 'day', 'counters', 'rules'];
  const fields = line.parseObject('dashboard', known);
  const version = parseVersion(fields);
  const dashboard = {
    name: version.name,
    settings: fields.parse('settings', parseSettings),
    version: fields.parseInteger('version', 1),
    epoch: version.epoch,
    revision: version.revision,
    at: version.at,
    ...(fields.has('day') && { day: fields.parse('day', (value, path) => parseDay(value, path, version.at)) }),
    counters: fields.parseList('counters', parseExportedCounter),
    ...(fields.has('rules') && { rules: fields.parse('rules', parseRules) }),
  };
  assertValidDefinition(dashboard);
  return dashboard;
}

/** Version 1 has titles in place of settings, and calls the singular of a counter `unit`. Its days are those of UTC. */
export function parseFirstDashboardLine(line: FieldParser): ExportedDashboard {
  const fields = line.parseObject('dashboard', ['name', 'title', 'epoch', 'revision', 'at', 'counters']);
  const title = fields.parseOptionalText('title', TEXT_PATTERN);
  const { name, ...version } = parseVersion(fields);
  const start = toBucketStart(version.at, DAY_ROWS.stepMs);
  return {
    name,
    settings: { ...(title !== undefined && { title }) },
    version: 1,
    ...version,
    ...(version.revision > 0 && { day: { start, end: start + DAY_ROWS.stepMs } }),
    counters: fields.parseList('counters', parseFirstCounter),
  };
}

function parseVersion(fields: FieldParser) {
  return {
    name: fields.parseText('name', NAME_PATTERN),
    epoch: fields.parseText('epoch', EPOCH_PATTERN),
    revision: fields.parseInteger('revision'),
    at: fields.parseInteger('at'),
  };
}

/** The day in which the last change set was booked contains its time. */
function parseDay(value: unknown, path: string, at: number): TimeSpan {
  const fields = new FieldParser(value, path, ['start', 'end']);
  const day = { start: fields.parse('start', parseMinute), end: fields.parse('end', parseMinute) };
  if (at >= day.start && at < day.end) return day;
  throw new BadLineError(`${path} must contain dashboard.at: ${at} is not from ${day.start} to ${day.end}`);
}

/** Parses the start of a day: a whole minute, because zones have offsets of whole minutes. @throws BadLineError */
export function parseMinute(value: unknown, path: string): number {
  const at = parseInteger(value, path);
  if (at % MINUTE_MS === 0) return at;
  throw new BadLineError(`${path} must be a whole minute, milliseconds since the Unix epoch`);
}

function parseExportedCounter(value: unknown, path: string): ExportedCounter {
  const all = new FieldParser(value, path, undefined);
  const name = all.parseText('name', NAME_PATTERN);
  const definition = all.parse('definition', parseCounterDefinition);
  const isGauge = definition.kind === 'gauge';
  const fields = new FieldParser(value, path, [
    'name',
    'definition',
    ...(isGauge ? ['value'] : (['added', 'removed'] as const)),
  ]);
  const min = getMinimum(definition);
  if (isGauge) return { name, definition, value: fields.parseInteger('value', min, MAX_VALUE), added: 0n, removed: 0n };
  const totals = createTotals(fields.parseTotal('added'), fields.parseTotal('removed'), path, min);
  return { name, definition, value: Number(totals.added - totals.removed), ...totals };
}

function parseFirstCounter(value: unknown, path: string): ExportedCounter {
  const fields = new FieldParser(value, path, ['name', 'title', 'unit', 'added', 'removed']);
  const [title, singular] = [
    fields.parseOptionalText('title', TEXT_PATTERN),
    fields.parseOptionalText('unit', TEXT_PATTERN),
  ];
  const totals = createTotals(fields.parseTotal('added'), fields.parseTotal('removed'), path, 0);
  return {
    name: fields.parseText('name', NAME_PATTERN),
    definition: { ...(title !== undefined && { title }), ...(singular !== undefined && { singular }) },
    value: Number(totals.added - totals.removed),
    ...totals,
  };
}
