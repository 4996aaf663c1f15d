/** Types and parsers of database rows. */
import type { Change, CounterTotals } from '../../counters/counters.js';
import type { LedgerEntry } from '../store.js';

/** Reads totals as text, since a double would round them. */
export const TOTALS_COLUMNS = 'CAST(added AS TEXT) AS added, CAST(removed AS TEXT) AS removed';

export interface TotalsRow {
  added: string;
  removed: string;
}

export const LEDGER_COLUMNS = 'revision, at, changes, key, reason, who';

export interface LedgerRow {
  revision: number;
  at: number;
  changes: string;
  key: string | null;
  reason: string | null;
  who: string | null;
}

export interface DashboardRow {
  id: number;
  title: string | null;
  epoch: string;
  revision: number;
  at: number;
}

export interface CounterRow extends TotalsRow {
  id: number;
  name: string;
  title: string | null;
  unit: string | null;
}

export interface KeyRow {
  key: string;
  at: number;
  fingerprint: string;
  reply: string;
}

export function parseTotalsRow({ added, removed }: TotalsRow): CounterTotals {
  return { added: BigInt(added), removed: BigInt(removed) };
}

export function parseLedgerRow({ revision, at, changes, key, reason, who }: LedgerRow): LedgerEntry {
  return {
    revision,
    at,
    changes: JSON.parse(changes) as Change[],
    ...(key !== null && { key }),
    ...(reason !== null && { reason }),
    ...(who !== null && { who }),
  };
}
