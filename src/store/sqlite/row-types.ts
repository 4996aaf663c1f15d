/** Types and parsers of database rows. Each parser checks what it reads: a bit of the file may have changed. */
import { type Change, type CounterTotals, MAX_VALUE, NAME_PATTERN } from '../../counters/counters.js';
import type { LedgerEntry } from '../store.js';
import {
  bigIntColumn,
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
].join();

export interface LedgerRow {
  revision: number | null;
  at: number | null;
  changes: StoredText | null;
  key: StoredText | null;
  reason: StoredText | null;
  who: StoredText | null;
}

export const DASHBOARD_COLUMNS = [
  'id',
  textColumn('name'),
  textColumn('title'),
  textColumn('epoch'),
  integerColumn('revision'),
  integerColumn('at'),
].join();

export interface DashboardRow {
  id: number;
  name: StoredText | null;
  title: StoredText | null;
  epoch: StoredText | null;
  revision: number | null;
  at: number | null;
}

export const COUNTER_COLUMNS = [
  'counters.id',
  integerColumn('counters.dashboard', 'dashboard'),
  ...['name', 'title', 'unit'].map((column) => textColumn(`counters.${column}`, column)),
  TOTALS_COLUMNS,
].join();

export interface CounterRow extends TotalsRow {
  id: number;
  dashboard: number | null;
  name: StoredText | null;
  title: StoredText | null;
  unit: StoredText | null;
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
      const title = decodeOptionalText('title', row.title);
      return {
        name: decodeText('name', row.name, NAME_PATTERN),
        ...(title !== undefined && { title }),
        epoch: decodeText('epoch', row.epoch, EPOCH_PATTERN),
        revision: decodeInteger('revision', row.revision),
        at: decodeInteger('at', row.at),
      };
    },
  );
}

/** @throws TallyError `data-damaged` */
export function parseCounterRow(row: CounterRow) {
  return decodeRow(
    () => `row ${row.id} of counters`,
    () => {
      const title = decodeOptionalText('title', row.title);
      const unit = decodeOptionalText('unit', row.unit);
      return {
        name: decodeText('name', row.name, NAME_PATTERN),
        ...(title !== undefined && { title }),
        ...(unit !== undefined && { unit }),
        ...decodeTotals(row),
      };
    },
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
      };
    },
  );
}

function isChangeList(value: unknown): value is Change[] {
  return Array.isArray(value) && value.every(isChange);
}

function isChange(value: unknown): value is Change {
  if (typeof value !== 'object' || value === null || !('counter' in value)) return false;
  if (typeof value.counter !== 'string' || !NAME_PATTERN.test(value.counter)) return false;
  const amount = 'by' in value ? value.by : 'to' in value ? value.to : undefined;
  return Number.isSafeInteger(amount) && Math.abs(amount as number) <= MAX_VALUE;
}
