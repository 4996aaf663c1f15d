/** Types and parsers of database rows. Each parser checks what it reads: a bit of the file may have changed. */
import {
  type BookedChange,
  type Counter,
  type CounterTotals,
  MAX_VALUE,
  NAME_PATTERN,
  type TimeSpan,
} from '../../counters/counters.js';
import type { UndoLimits } from '../../counters/undo.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import { isCounterDefinition, isDashboardSettings } from './definition-shape.js';
import {
  bigIntColumn,
  DecodeError,
  decodeBigInt,
  decodeInteger,
  decodeJson,
  decodeOptionalText,
  decodeRow,
  decodeText,
  integerColumn,
  type StoredText,
  textColumn,
} from './text-decoder.js';

/** Epochs of dashboards: UUIDs, or what an import has brought. */
const EPOCH_PATTERN = /^[\w-]{1,64}$/;

export const TOTALS_COLUMNS = `${bigIntColumn('added')}, ${bigIntColumn('removed')}`;

export interface TotalsRow {
  added: string | null;
  removed: string | null;
}

export const LEDGER_COLUMNS = [
  integerColumn('revision'),
  integerColumn('at'),
  ...['changes', 'key', 'reason', 'who'].map((column) => textColumn(column)),
  integerColumn('undoes'),
].join();

export interface LedgerRow {
  revision: number | null;
  at: number | null;
  changes: StoredText | null;
  key: StoredText | null;
  reason: StoredText | null;
  who: StoredText | null;
  undoes: number | null;
}

export const DASHBOARD_COLUMNS = [
  'id',
  textColumn('name'),
  textColumn('settings'),
  ...['version', 'revision', 'at'].map((column) => integerColumn(column)),
  textColumn('epoch'),
  integerColumn('day_start', 'dayStart'),
  integerColumn('day_end', 'dayEnd'),
].join();

export interface DashboardRow {
  id: number;
  name: StoredText | null;
  settings: StoredText | null;
  version: number | null;
  epoch: StoredText | null;
  revision: number | null;
  at: number | null;
  dayStart: number | null;
  dayEnd: number | null;
}

export const COUNTER_COLUMNS = [
  'counters.id',
  integerColumn('counters.dashboard', 'dashboard'),
  ...['name', 'definition'].map((column) => textColumn(`counters.${column}`, column)),
  integerColumn('counters.value', 'value'),
  integerColumn('start_revision', 'startRevision'),
  integerColumn('set_revision', 'setRevision'),
  TOTALS_COLUMNS,
].join();

export interface CounterRow extends TotalsRow {
  id: number;
  dashboard: number | null;
  name: StoredText | null;
  definition: StoredText | null;
  /** Null unless it is a gauge. */
  value: number | null;
  startRevision: number | null;
  setRevision: number | null;
}

export const KEY_COLUMNS = [
  textColumn('keys.key', 'key'),
  textColumn('keys.owner', 'owner'),
  integerColumn('keys.at', 'at'),
  integerColumn('keys.keep_until', 'keepUntil'),
  textColumn('keys.fingerprint', 'fingerprint'),
  textColumn('keys.reply', 'reply'),
].join();

export interface KeyRow {
  key: StoredText | null;
  owner: StoredText | null;
  at: number | null;
  keepUntil: number | null;
  fingerprint: StoredText | null;
  reply: StoredText | null;
}

/** @throws TallyError `data-damaged` */
export function parseDashboardRow(row: DashboardRow) {
  return decodeRow(
    () => `row ${row.id} of dashboards`,
    () => {
      const day = decodeDay(row);
      return {
        name: decodeText('name', row.name, NAME_PATTERN),
        settings: decodeJson('settings', row.settings, isDashboardSettings),
        version: decodeInteger('version', row.version),
        ...(day && { day }),
        epoch: decodeText('epoch', row.epoch, EPOCH_PATTERN),
        revision: decodeInteger('revision', row.revision),
        at: decodeInteger('at', row.at),
      };
    },
  );
}

/** @returns undefined before the first change */
function decodeDay({ at, dayStart, dayEnd }: DashboardRow): TimeSpan | undefined {
  if (dayStart === null && dayEnd === null) return undefined;
  const [start, end] = [decodeInteger('day_start', dayStart), decodeInteger('day_end', dayEnd)];
  if (!isInDay({ start, end }, decodeInteger('at', at)))
    throw new DecodeError(`the last change, at ${at}, is not in the day from ${start} to ${end}`);
  return { start, end };
}

/** True if the day of a dashboard can be the one that its last change was booked in. */
export function isInDay({ start, end }: TimeSpan, at: number): boolean {
  return start <= at && at < end;
}

/** @throws TallyError `data-damaged` */
export function parseCounterRow(row: CounterRow): Counter & { readonly name: string } {
  return decodeRow(
    () => `row ${row.id} of counters`,
    () => {
      const name = decodeText('name', row.name, NAME_PATTERN);
      const definition = decodeJson('definition', row.definition, isCounterDefinition);
      const totals = decodeTotals(row);
      if (definition.kind === 'gauge') return { name, definition, value: decodeInteger('value', row.value), ...totals };
      if (row.value !== null) throw new DecodeError('value is that of a gauge');
      return { name, definition, value: Number(totals.added - totals.removed), ...totals };
    },
  );
}

/** @throws TallyError `data-damaged` */
export function parseUndoLimits({ id, startRevision, setRevision }: CounterRow): UndoLimits {
  return decodeRow(
    () => `row ${id} of counters`,
    () => ({
      start: decodeInteger('start_revision', startRevision),
      set: decodeInteger('set_revision', setRevision),
    }),
  );
}

/** @throws TallyError `data-damaged` that names the row */
export function parseTotalsRow(row: TotalsRow, describe: () => string): CounterTotals {
  return decodeRow(describe, () => decodeTotals(row));
}

function decodeTotals({ added, removed }: TotalsRow): CounterTotals {
  return { added: decodeBigInt('added', added), removed: decodeBigInt('removed', removed) };
}

/** @throws TallyError `data-damaged` */
export function parseLedgerRow(dashboard: string, row: LedgerRow): LedgerEntry {
  return decodeRow(
    () => `revision ${row.revision} in the ledger of dashboard ${dashboard}`,
    () => {
      const key = decodeOptionalText('key', row.key);
      const reason = decodeOptionalText('reason', row.reason);
      const who = decodeOptionalText('who', row.who);
      return {
        revision: decodeInteger('revision', row.revision),
        at: decodeInteger('at', row.at),
        changes: decodeJson('changes', row.changes, isChangeList),
        ...(key !== undefined && { key }),
        ...(reason !== undefined && { reason }),
        ...(who !== undefined && { who }),
        ...(row.undoes !== null && { undoes: row.undoes }),
      };
    },
  );
}

function isChangeList(value: unknown): value is BookedChange[] {
  return Array.isArray(value) && value.every(isChange);
}

function isChange(value: unknown): value is BookedChange {
  if (typeof value !== 'object' || value === null || !('counter' in value)) return false;
  if (typeof value.counter !== 'string' || !NAME_PATTERN.test(value.counter)) return false;
  const amount = 'by' in value ? value.by : 'to' in value ? value.to : undefined;
  if (!Number.isSafeInteger(amount)) return false;
  return !('moved' in value) || ('to' in value && isMovedAmount(value.moved));
}

/** A safe integer, or decimal text of up to twice {@link MAX_VALUE} either way. */
function isMovedAmount(moved: unknown): boolean {
  if (typeof moved !== 'string') return Number.isSafeInteger(moved);
  return /^-?[1-9]\d{15,16}$/.test(moved) && Math.abs(Number(moved)) <= 2 * MAX_VALUE;
}
