/** The points of a counter at one step, made consistent: each value is the one before plus added, minus removed. */
export interface RepairedPoint {
  readonly at: number;
  value: bigint;
  added: bigint;
  removed: bigint;
}

type Amounts = Pick<RepairedPoint, 'value' | 'added' | 'removed'>;

/**
 * Repairs a series in place. A point that contradicts its neighbors is replaced by what finer points say; if they say
 * nothing, by what two of its three numbers and the next point agree on; else its amounts are made to fit its value.
 * @param points in the order of their times
 * @param finer the same buckets, summed up from finer points
 * @param last value of the counter now
 * @param lowest value that the counter may have
 * @param record receives the time and the kind of each correction
 */
export function repairSeries(
  points: readonly RepairedPoint[],
  finer: ReadonlyMap<number, Amounts>,
  { last, lowest }: { readonly last: bigint; readonly lowest: bigint },
  record: (point: RepairedPoint, correction: string) => void,
): void {
  for (const [index, point] of points.entries()) {
    const next = points[index + 1];
    const valueAfter = next ? next.value - next.added + next.removed : last;
    const fine = finer.get(point.at);
    const correction =
      index === 0
        ? repairFirst(point, fine, valueAfter, lowest)
        : repairPoint(point, points[index - 1]?.value ?? 0n, fine, valueAfter);
    if (correction !== undefined) record(point, correction);
  }
  const end = points.at(-1);
  if (!end || end.value === last) return;
  const start = end.value - end.added + end.removed;
  end.value = last;
  fitAmounts(end, last - start);
  record(end, 'has the value of the counter');
}

/** Nothing tells the value before the first point, unless the counter began at 0. */
function repairFirst(
  point: RepairedPoint,
  fine: Amounts | undefined,
  valueAfter: bigint,
  lowest: bigint,
): string | undefined {
  const net = point.added - point.removed;
  const isValueWrong =
    point.value !== valueAfter && (fine ? fine.value === valueAfter : net === valueAfter) && valueAfter - net >= lowest;
  if (isValueWrong) point.value = valueAfter;
  if (point.value - net >= lowest) return isValueWrong ? 'has the value that the next one implies' : undefined;
  if (fine && fine.value === point.value) Object.assign(point, { added: fine.added, removed: fine.removed });
  else fitAmounts(point, point.value);
  return 'has amounts that fit its value';
}

function repairPoint(
  point: RepairedPoint,
  start: bigint,
  fine: Amounts | undefined,
  valueAfter: bigint,
): string | undefined {
  const implied = start + point.added - point.removed;
  if (implied === point.value) return undefined;
  if (fine && start + fine.added - fine.removed === fine.value && !isEqual(fine, point)) {
    Object.assign(point, { value: fine.value, added: fine.added, removed: fine.removed });
    return 'was rebuilt from finer points';
  }
  if (implied === valueAfter) {
    point.value = valueAfter;
    return 'has the value that its neighbors imply';
  }
  fitAmounts(point, point.value - start);
  return 'has amounts that fit its value';
}

function isEqual(a: Amounts, b: Amounts): boolean {
  return a.value === b.value && a.added === b.added && a.removed === b.removed;
}

/** Changes the amounts as little as possible, so that they differ by `net`. */
function fitAmounts(point: RepairedPoint, net: bigint): void {
  const excess = point.added - point.removed - net;
  if (excess > 0n) {
    if (point.added >= excess) point.added -= excess;
    else point.removed += excess;
  } else if (point.removed >= -excess) point.removed += excess;
  else point.added -= excess;
}
