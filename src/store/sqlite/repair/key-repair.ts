/** Leaves out idempotency keys whose rows cannot be decoded, and compares the others with the ledger. */
import { computeFingerprint } from '../../in-process/decide.js';
import type { Database } from '../database.js';
import { parseKeyRow } from '../reply-codec.js';
import { KEY_COLUMNS, type KeyRow, LEDGER_COLUMNS, type LedgerRow, parseLedgerRow } from '../row-types.js';
import { isDamage, type StoredText } from '../text-decoder.js';
import type { RepairLog } from './repair-log.js';

/**
 * Each lost key is named: a client that still retries with it would count twice.
 * @returns the last revision that a key of the dashboard knows, undefined if it has none
 */
export function repairKeys(
  database: Database.Database,
  dashboard: { readonly id: number; readonly name: string },
  log: RepairLog,
): number | undefined {
  const select = database.prepare(`SELECT ${KEY_COLUMNS} FROM keys WHERE dashboard = ?`);
  const selectEntry = database.prepare(`SELECT ${LEDGER_COLUMNS} FROM ledger WHERE dashboard = ? AND revision = ?`);
  /** The fingerprint of a key covers changes and reason of its entry. False also if the entry cannot be decoded. */
  const contradictsEntry = (key: string, fingerprint: string, revision: number): boolean => {
    const row = selectEntry.get(dashboard.id, revision) as LedgerRow | undefined;
    if (!row) return false;
    try {
      const entry = parseLedgerRow(dashboard.name, row);
      return entry.key !== key || computeFingerprint({ dashboard: dashboard.name, ...entry }) !== fingerprint;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return false;
    }
  };
  const damaged: KeyRow[] = [];
  let last: number | undefined;
  for (const row of select.iterate(dashboard.id) as Iterable<KeyRow>) {
    try {
      const { key, fingerprint, reply } = parseKeyRow(dashboard.name, row);
      if (!reply.outcome) continue;
      const { revision } = reply.outcome;
      last = Math.max(last ?? 0, revision);
      if (contradictsEntry(key, fingerprint, revision)) {
        log.recordLoss(
          `revision ${revision} in the ledger of dashboard ${dashboard.name} contradicts key ${JSON.stringify(key)}: its ` +
            'changes, its reason or the key are damaged, and were left as they are',
        );
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      log.recordLoss(`${error.message}: a retry with it counts again`);
      damaged.push(row);
    }
  }
  const remove = database.prepare(
    'DELETE FROM keys WHERE dashboard = ? AND key = CAST(? AS TEXT) AND owner = CAST(? AS TEXT)',
  );
  for (const { key, owner } of damaged) remove.run(dashboard.id, toBuffer(key), toBuffer(owner));
  return last;
}

function toBuffer(text: StoredText | null): Buffer {
  return Buffer.from(text ?? new ArrayBuffer(0));
}
