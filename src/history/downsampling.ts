/** Min-max downsampling: picks the rows that a chart needs, those where a counter has its minimum or maximum. */

/** Values that are looked at between two pauses: about 1 ms. */
const VALUES_PER_SLICE = 50_000;

/**
 * Chooses at most `maxRows` rows of several series that share a time column.
 *
 * Divides the rows into as many groups of equal size as fit. Each group keeps its last row and, for each series, the
 * first row with its minimum and the first with its maximum. So every peak stays, at its time and with its true value.
 * The first and the last row are always kept.
 *
 * No library does this: `downsample` (LTTB and relatives, no release since 2024) picks rows for one series at a time,
 * LTTB may drop a peak, and series that pick their own rows cannot share a time column.
 *
 * A generator, because the widest history takes 70 ms: it pauses after each slice of the work.
 * @param series values by row, all of the same length
 * @param maxRows at least 2 + 2 * series.length
 * @returns indexes of the chosen rows, ascending
 */
export function* selectRowsToKeep(
  series: readonly Float64Array[],
  rowCount: number,
  maxRows: number,
): Generator<void, number[]> {
  for (let groupCount = maxRows - 1; ; groupCount = Math.ceil(groupCount / 2)) {
    const keptRows = yield* selectExtremes(series, rowCount, Math.min(groupCount, rowCount));
    if (keptRows.length <= maxRows || groupCount <= 1) return keptRows;
  }
}

function* selectExtremes(
  series: readonly Float64Array[],
  rowCount: number,
  groupCount: number,
): Generator<void, number[]> {
  const keepFlags = new Uint8Array(rowCount);
  let visited = 0;
  keepFlags[0] = 1;
  for (let group = 0; group < groupCount; group += 1) {
    const start = Math.floor((group * rowCount) / groupCount);
    const end = Math.floor(((group + 1) * rowCount) / groupCount);
    keepFlags[end - 1] = 1;
    for (const values of series) {
      markExtremes(values, start, end, keepFlags);
      visited += end - start;
      if (visited < VALUES_PER_SLICE) continue;
      visited = 0;
      yield;
    }
  }
  yield;
  const keptRows: number[] = [];
  for (const [row, flag] of keepFlags.entries()) if (flag === 1) keptRows.push(row);
  return keptRows;
}

/** Marks the minimum and the maximum of one series in a group. A constant series needs no row of its own. */
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
