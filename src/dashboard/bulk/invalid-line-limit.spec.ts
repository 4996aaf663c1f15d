/** The line at which a stream of invalid lines ends does not depend on batches or on the time of results. */
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { BalanceChange, InvalidLineLimit } from './invalid-line-limit.js';

/** A line is the weight of an invalid one, `applied`, or `refused`. */
type BodyLine = number | 'applied' | 'refused';

/** Runs of lines, because the limit is reached by hundreds of them. */
const bodies = array(
  record({
    pattern: array(constantFrom<BodyLine>(1, 1, 1, 9, 63, 'applied', 'applied', 'refused'), {
      minLength: 1,
      maxLength: 6,
    }),
    repeats: integer({ min: 1, max: 1_500 }),
  }),
  { maxLength: 4 },
).map((runs) => runs.flatMap(({ pattern, repeats }) => Array.from({ length: repeats }, () => pattern).flat()));

/** Exceeds the limit between two checks only: the results of the last lines decide the check. */
const exceedingBetweenChecks: BodyLine[] = (
  [
    [999, 1],
    [1, 'applied'],
    [41, 1],
    [110, 'applied'],
    [400, 1],
  ] as const
).flatMap(([count, line]) => Array<BodyLine>(count).fill(line));

/** Reads a body in batches, and answers the oldest batch before it reads on if there are more than `maxPending`. */
function readBatches(body: readonly BodyLine[], maxLines: number, maxPending: number): number {
  const limit = new InvalidLineLimit();
  const pending: { readonly invalid: number; readonly change: BalanceChange }[] = [];
  let read = 0;
  while (read < body.length && !limit.isReached) {
    if (pending.length > maxPending || limit.remaining === 0) {
      const answered = pending.shift();
      if (!answered) throw new Error('nothing is pending, but the limit waits');
      limit.settle(answered.invalid, answered.change);
      continue;
    }
    const { remaining } = limit;
    const change = new BalanceChange();
    let invalid = 0;
    for (let lines = 0; read < body.length && lines < maxLines && invalid < remaining; lines += 1, read += 1) {
      const line = body[read];
      if (typeof line === 'number') {
        invalid += line;
        change.addInvalid(line);
      } else if (line === 'applied') change.addApplied();
    }
    limit.addPending(invalid);
    pending.push({ invalid, change });
  }
  return read;
}

/** Counts line by line, with every result known at once. */
function countLinesToEnd(body: readonly BodyLine[]): number {
  let invalid = 0;
  let balance = 0;
  for (const [index, line] of body.entries()) {
    if (line === 'applied') balance = Math.max(0, balance - 1);
    if (typeof line !== 'number') continue;
    balance += line;
    const isChecked = Math.floor(invalid / 100) < Math.floor((invalid + line) / 100);
    invalid += line;
    if (isChecked && balance >= 1_000) return index + 1;
  }
  return body.length;
}

it('a body ends at the same line, whatever its batches are and whenever their results arrive', () => {
  assert(
    property(bodies, integer({ min: 1, max: 256 }), integer({ min: 0, max: 50 }), (body, maxLines, maxPending) => {
      expect(readBatches(body, maxLines, maxPending)).toBe(countLinesToEnd(body));
    }),
    { numRuns: 200, examples: [[exceedingBetweenChecks, 10, 50]] },
  );
});
