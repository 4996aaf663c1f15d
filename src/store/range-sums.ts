/** The numbers of one range of rows, for the stores that cut rows into ranges in this process. */
import type { CounterSums, GaugeLevels, LevelPoint, Point } from './store.js';

/** @param valueBefore value that the range begins with */
export function sumPoints(points: readonly Point[], valueBefore: number): CounterSums['sums'][number] {
  return {
    added: points.reduce((sum, { added }) => sum + added, 0n),
    removed: points.reduce((sum, { removed }) => sum + removed, 0n),
    value: points.at(-1)?.value ?? valueBefore,
  };
}

/** @param valueBefore value that the range begins with */
export function summarizeLevels(levels: readonly LevelPoint[], valueBefore: number): GaugeLevels['levels'][number] {
  const value = levels.at(-1)?.value ?? valueBefore;
  const [first] = levels;
  return {
    value,
    least: levels.reduce((least, level) => Math.min(least, level.least), first?.least ?? value),
    most: levels.reduce((most, level) => Math.max(most, level.most), first?.most ?? value),
  };
}
