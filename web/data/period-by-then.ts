/** Reads what stood in an earlier period at the same time as a moment of the past in its own. */
import {
  type Period,
  type PeriodNumbers,
  type PeriodRow,
  readSnapshot,
  RefusedError,
} from '../../src/client/client.js';
import type { TokenOptions } from '../auth/session-token.js';
import { fromLocal, toLocal } from './local-time.js';
import type { ByThenRows } from './period-loader.js';

type Numbers = Pick<PeriodRow, 'counters' | 'measures'>;

interface ByThenOptions extends TokenOptions {
  readonly base: URL;
  readonly dashboard: string;
  readonly counters: readonly string[];
  readonly signal: AbortSignal;
  /** The moment, milliseconds since the Unix epoch. */
  readonly at: number;
  readonly timeZone: string;
}

/**
 * Returns the earlier period with `byNow` of that time. Moments before the first row of a board are not asked for: the
 * service refuses them, and nothing was counted then.
 */
export async function readByThen(
  period: Period,
  { running, earlier, readParts }: ByThenRows,
  { base, at, timeZone, ...options }: ByThenOptions,
): Promise<PeriodRow> {
  const { byNow: _, ...rest } = earlier;
  const passed = toLocal(at, timeZone) - toLocal(running.start, timeZone);
  const then = Math.min(fromLocal(toLocal(earlier.start, timeZone) + passed, timeZone), earlier.end - 1);
  if (!hasMoved(rest)) return { ...rest, byNow: { at: then, ...toNumbers(rest) } };
  if (startsWithNothing(rest)) {
    const parts = await readParts();
    const isYoung = parts.length > 0 && !parts.some((part) => part.start <= then && hasMoved(part));
    if (isYoung) return { ...rest, byNow: { at: then, ...toZero(rest) } };
  }
  try {
    const { periods } = await readSnapshot(base, { ...options, at: then, periods: [period] });
    const numbers = periods?.[period];
    return numbers?.start === earlier.start ? { ...rest, byNow: { at: then, ...toReading(numbers) } } : rest;
  } catch (error) {
    // The first row lies in the same part, after that time.
    if (!(error instanceof RefusedError) || error.problem.code !== 'too-far-back') throw error;
    return { ...rest, byNow: { at: then, ...toZero(rest) } };
  }
}

function hasMoved({ counters }: Numbers): boolean {
  return Object.values(counters).some((row) =>
    'added' in row ? row.added > 0 || row.removed > 0 : row.least !== row.most,
  );
}

function startsWithNothing({ counters }: Numbers): boolean {
  return Object.values(counters).every((row) =>
    'added' in row ? row.value - row.added + row.removed === 0 : row.least <= 0 && row.most >= 0,
  );
}

function toNumbers({ counters, measures = {} }: Numbers): Numbers {
  return { counters, measures };
}

function toZero({ counters }: Numbers): Numbers {
  const zeros = Object.entries(counters).map(([name, row]) => [
    name,
    'added' in row ? { value: 0, added: 0, removed: 0 } : { value: 0, least: 0, most: 0 },
  ]);
  return { counters: Object.fromEntries(zeros) as PeriodRow['counters'], measures: {} };
}

function toReading({ added, removed, measures = {} }: PeriodNumbers): Numbers {
  const counters = Object.keys(added).map((name) => {
    const [plus, minus] = [added[name] ?? 0, removed[name] ?? 0];
    return [name, { value: plus - minus, added: plus, removed: minus }];
  });
  return { counters: Object.fromEntries(counters) as PeriodRow['counters'], measures };
}
