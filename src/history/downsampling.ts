/** Picks the rows that a chart needs when there are too many: those where a counter was at its least or at its most. */

/**
 * Rows to keep of series that share their rows, at most `most` of them. The rows are divided into as many groups of equal size as
 * fit; of each group are kept its last row, and for each series the first row with its least and with its most value. So every
 * peak is there, at its time, in true values. The first and the last row are kept.
 *
 * No library does this: `downsample` (LTTB and its kin, one author, resting since 2024) picks rows for one series at a time,
 * LTTB may drop a peak, and rows that each series picks for itself cannot share a column of times.
 * @param series values by row, all of the same length
 * @param maxRows at least 2 + 2 * series.length
 * @returns the kept rows in order
 */
export function selectRowsToKeep(series: readonly Float64Array[], rowCount: number, maxRows: number): number[] {
  for (let groupCount = maxRows - 1; ; groupCount = Math.ceil(groupCount / 2)) {
    const keptRows = selectExtremes(series, rowCount, Math.min(groupCount, rowCount));
    if (keptRows.length <= maxRows || groupCount <= 1) return keptRows;
  }
}

function selectExtremes(series: readonly Float64Array[], rowCount: number, groupCount: number): number[] {
  const keepFlags = new Uint8Array(rowCount);
  keepFlags[0] = 1;
  for (let group = 0; group < groupCount; group += 1) {
    const start = Math.floor((group * rowCount) / groupCount);
    const end = Math.floor(((group + 1) * rowCount) / groupCount);
    keepFlags[end - 1] = 1;
    for (const values of series) markExtremes(values, start, end, keepFlags);
  }
  const keptRows: number[] = [];
  for (const [row, flag] of keepFlags.entries()) if (flag === 1) keptRows.push(row);
  return keptRows;
}

/** A series that rests in the group needs no row of its own. */
function markExtremes(values: Float64Array, start: number, end: number, keepFlags: Uint8Array): void {
  let [minRow, maxRow] = [start, start];
  let [minValue, maxValue] = [values[start] ?? 0, values[start] ?? 0];
  for (let row = start + 1; row < end; row += 1) {
    const value = values[row] ?? 0;
    if (value < minValue) [minRow, minValue] = [row, value];
    else if (value > maxValue) [maxRow, maxValue] = [row, value];
  }
  if (minValue === maxValue) return;
  keepFlags[minRow] = 1;
  keepFlags[maxRow] = 1;
}
