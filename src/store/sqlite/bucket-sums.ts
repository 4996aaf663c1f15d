/**
 * Sums of amounts in two halves of 32 bits: SQLite fails where a 64-bit sum overflows, as the sum of damaged amounts
 * can.
 */
export interface SumRow {
  readonly addedHigh: number | null;
  readonly addedLow: number | null;
  readonly removedHigh: number | null;
  readonly removedLow: number | null;
}

/** Selects a {@link SumRow}. */
export const SUM_COLUMNS = ['added', 'removed']
  .map((name) => `sum(${name} >> 32) AS ${name}High, sum(${name} & 0xffffffff) AS ${name}Low`)
  .join();

export function toSums(row: unknown): { readonly added: bigint; readonly removed: bigint } {
  const { addedHigh, addedLow, removedHigh, removedLow } = row as SumRow;
  return { added: joinHalves(addedHigh, addedLow), removed: joinHalves(removedHigh, removedLow) };
}

function joinHalves(high: number | null, low: number | null): bigint {
  return (BigInt(high ?? 0) << 32n) + BigInt(low ?? 0);
}
