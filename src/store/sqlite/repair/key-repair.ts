/** Leaves out idempotency keys whose rows cannot be decoded. */
import type { Database } from '../database.js';
import { parseKeyRow } from '../reply-codec.js';
import { KEY_COLUMNS, type KeyRow } from '../row-types.js';
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
  const damaged: KeyRow[] = [];
  let last: number | undefined;
  for (const row of select.iterate(dashboard.id) as Iterable<KeyRow>) {
    try {
      const { reply } = parseKeyRow(dashboard.name, row);
      if (reply.outcome) last = Math.max(last ?? 0, reply.outcome.revision);
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
