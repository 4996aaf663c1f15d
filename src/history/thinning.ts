/** Picks the rows that a chart needs when there are too many: those where a counter was at its least or at its most. */

/**
 * Rows to keep of series that share their rows, at most `most` of them. The rows are divided into as many groups of equal size as
 * fit; of each group are kept its last row, and for each series the first row with its least and with its most value. So every
 * peak is there, at its time, in true values. The first and the last row are kept.
 *
 * No library does this: `downsample` (LTTB and its kin, one author, resting since 2024) picks rows for one series at a time,
 * LTTB may drop a peak, and rows that each series picks for itself cannot share a column of times.
 * @param series values by row, all of the same length
 * @param most at least 2 + 2 * series.length
 * @returns the kept rows in order
 */
export function rowsToKeep(series: readonly Float64Array[], rows: number, most: number): number[] {
  for (let groups = most - 1; ; groups = Math.ceil(groups / 2)) {
    const kept = keepExtremes(series, rows, Math.min(groups, rows));
    if (kept.length <= most || groups <= 1) return kept;
  }
}

function keepExtremes(series: readonly Float64Array[], rows: number, groups: number): number[] {
  const wanted = new Uint8Array(rows);
  wanted[0] = 1;
  for (let group = 0; group < groups; group += 1) {
    const start = Math.floor((group * rows) / groups);
    const end = Math.floor(((group + 1) * rows) / groups);
    wanted[end - 1] = 1;
    for (const values of series) markExtremes(values, start, end, wanted);
  }
  const kept: number[] = [];
  for (const [row, is] of wanted.entries()) if (is === 1) kept.push(row);
  return kept;
}

/** A series that rests in the group needs no row of its own. */
function markExtremes(values: Float64Array, start: number, end: number, wanted: Uint8Array): void {
  let [least, most] = [start, start];
  let [low, high] = [values[start] ?? 0, values[start] ?? 0];
  for (let row = start + 1; row < end; row += 1) {
    const value = values[row] ?? 0;
    if (value < low) [least, low] = [row, value];
    else if (value > high) [most, high] = [row, value];
  }
  if (low === high) return;
  wanted[least] = 1;
  wanted[most] = 1;
}
