/** Checks idempotency keys: by themselves, and against the ledger entry of the change that each one stands for. */
import type { Outcome } from '../../counters/counters.js';
import { computeFingerprint, type StoredReply } from '../in-process/decide.js';
import type { OwnedKey } from '../owned-key.js';
import type { LedgerEntry } from '../../counters/ledger-entry.js';
import type { Database, Statement } from './database.js';
import { DashboardVersions, type DashboardVersion } from './dashboard-versions.js';
import { parseKeyRow } from './reply-codec.js';
import type { CheckRange, RowKey, TableCheck } from './table-check.js';
import { KEY_COLUMNS, type KeyRow, LEDGER_COLUMNS, type LedgerRow, parseLedgerRow } from './row-types.js';
import { collectDamage, isDamage } from './text-decoder.js';

/** Characters of {@link computeFingerprint}. An import may have brought others, which cannot be compared. */
const FINGERPRINT_LENGTH = 22;

type OwnedKeyRow = KeyRow & { readonly dashboard: number };
type StoredKey = StoredReply & OwnedKey & { readonly id: number; readonly version: DashboardVersion };

export class KeyCheck implements TableCheck {
  readonly #select: Statement;
  readonly #selectEntries: Statement;
  readonly #versions: DashboardVersions;

  constructor(database: Database.Database) {
    this.#versions = new DashboardVersions(database);
    // A damaged time is no integer, or a time after the end of the key.
    this.#select = database.prepare(
      `SELECT keys.dashboard, ${KEY_COLUMNS} FROM keys
       WHERE (dashboard, key, owner) >= (?, CAST(? AS TEXT), CAST(? AS TEXT))
         AND (typeof(keys.at) <> 'integer' OR keys.at <= ? OR keys.at > keys.keep_until)
       ORDER BY keys.dashboard, keys.key, keys.owner LIMIT ?`,
    );
    this.#selectEntries = database.prepare(
      `SELECT ledger.dashboard, ${LEDGER_COLUMNS} FROM ledger
       WHERE (dashboard, ledger.revision) IN (SELECT value->>0, value->>1 FROM json_each(?))`,
    );
  }

  run({ after, until }: CheckRange, limit: number, report: (finding: string) => void): RowKey | undefined {
    const parameters = after.map((part) => (typeof part === 'number' ? part : Buffer.from(part)));
    const rows = this.#select.all(...parameters, until, limit) as OwnedKeyRow[];
    const versions = this.#versions.read(rows);
    const keys: StoredKey[] = [];
    for (const row of rows) {
      const version = versions.get(row.dashboard);
      const stored = version && collectDamage(report, () => parseKeyRow(version.name, row));
      if (stored) keys.push({ ...stored, id: row.dashboard, version });
    }
    const entries = this.#readEntries(keys);
    for (const key of keys) {
      const entry = key.reply.outcome && entries.get(toPlace(key.id, key.reply.outcome.revision));
      checkKey(key, entry, report);
    }
    const last = rows.at(-1);
    const isLast = rows.length < limit;
    return isLast || !last || last.key === null || last.owner === null
      ? undefined
      : [last.dashboard, last.key, last.owner];
  }

  /** Reads the entries of the keys. Some have expired; those that cannot be decoded are found by their own check. */
  #readEntries(keys: readonly StoredKey[]): Map<string, LedgerEntry> {
    const places = keys.flatMap(({ id, reply }) => (reply.outcome ? [[id, reply.outcome.revision]] : []));
    const entries = new Map<string, LedgerEntry>();
    const rows = this.#selectEntries.all(JSON.stringify(places)) as (LedgerRow & { dashboard: number })[];
    for (const row of rows) {
      try {
        entries.set(toPlace(row.dashboard, row.revision ?? 0), parseLedgerRow('', row));
      } catch (error) {
        if (!isDamage(error)) throw error;
      }
    }
    return entries;
  }
}

function checkKey(stored: StoredKey, entry: LedgerEntry | undefined, report: (finding: string) => void): void {
  const { name, revision: lastRevision } = stored.version;
  const describe = `key ${JSON.stringify(stored.key)} of dashboard ${name}`;
  if (stored.at < 0 || stored.keepUntil < stored.at)
    report(`${describe} is damaged: it was used at ${stored.at} and ends at ${stored.keepUntil}`);
  const { outcome } = stored.reply;
  if (!outcome) return;
  const { revision, at } = outcome;
  if (revision < 1 || at < 0) report(`${describe} is damaged: its reply is impossible`);
  else if (revision > lastRevision)
    report(`${describe} is damaged: its reply has revision ${revision}, and the dashboard has ${lastRevision}`);
  const fault = entry && findContradiction(stored, outcome, entry);
  if (fault !== undefined)
    report(`revision ${revision} in the ledger of dashboard ${name} contradicts ${describe}: ${fault}`);
}

/** The fingerprint covers changes and reason. An entry without changes takes the place of one that a repair lost. */
function findContradiction(stored: StoredKey, outcome: Outcome, entry: LedgerEntry): string | undefined {
  const { key, fingerprint } = stored;
  if (entry.changes.length === 0) return undefined;
  if (entry.key !== key) return 'the entry has another key';
  if (fingerprint.length === FINGERPRINT_LENGTH && computeFingerprint({ dashboard: '', ...entry }) !== fingerprint)
    return 'the entry has other changes or another reason';
  // The entry of a change that was booked ahead of the clock is earlier than its reply, and then the key was used at
  // the time of the entry (redate.ts).
  if (entry.at > outcome.at || (entry.at < outcome.at && stored.at > entry.at)) return 'the times differ';
  const last = new Map(entry.changes.map((change) => [change.counter, change]));
  const names = Object.keys(outcome.counters);
  const isSame =
    names.length === last.size &&
    names.every((name) => {
      const change = last.get(name);
      return change && (!('to' in change) || change.to === outcome.counters[name]);
    });
  return isSame ? undefined : 'the reply has other counters';
}

function toPlace(dashboard: number, revision: number): string {
  return `${dashboard} ${revision}`;
}
