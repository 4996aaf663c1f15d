/** Turns measurements into figures: rates between two samples, alternating rounds, medians and targets. */
import type { Sample } from '../load-generator.js';
import type { Figure } from './case.js';

/** Computes rates and unit costs between two samples. */
export function computeRates(from: Sample, to: Sample) {
  const seconds = (to.atMs - from.atMs) / 1_000;
  const cpuUs = (to.cpuMs - from.cpuMs) * 1_000;
  const frames = to.frames - from.frames;
  const bytes = to.bytes - from.bytes;
  const changes = to.changes - from.changes;
  return {
    frames,
    cpuShare: cpuUs / 1e6 / seconds,
    loadCpuShare: (to.loadCpuMs - from.loadCpuMs) / 1e3 / seconds,
    bytesPerFrame: bytes / frames,
    cpuUsPerFrame: cpuUs / frames,
    cpuUsPerChange: cpuUs / changes,
    framesPerSecond: frames / seconds,
    changesPerSecond: changes / seconds,
    grownBytes: to.rssBytes - from.rssBytes,
  };
}

/** Runs rounds of a case alternating with its baseline, so that a machine that slows down affects both. */
export async function measureAlternately<T>(
  rounds: number,
  measureOurs: () => Promise<T>,
  measureTheirs: () => Promise<T>,
  pick: (measured: T) => number,
): Promise<{ ours: T[]; theirs: T[]; ratios: number[] }> {
  const [ourResults, theirResults, ratios]: [T[], T[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const ourResult = await measureOurs();
    const theirResult = await measureTheirs();
    ourResults.push(ourResult);
    theirResults.push(theirResult);
    ratios.push(pick(ourResult) / pick(theirResult));
  }
  return { ours: ourResults, theirs: theirResults, ratios };
}

/** Number of rounds for a case that takes long and varies little: a third of the others. */
export function countLongCaseRounds(rounds: number): number {
  return Math.ceil(rounds / 3);
}

export function formatMegabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

export function computeMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Formats the median and, if there are several values, the lowest and the highest. */
export function formatSpread(values: readonly number[], digits: number): string {
  const middle = computeMedian(values).toFixed(digits);
  if (values.length < 2) return middle;
  return `${middle} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`;
}

/** Judges ratios to the baseline: the target is met if their median is at most `max`. */
export function judgeAtMost(ratios: readonly number[], max: number): Pick<Figure, 'ratio' | 'target' | 'met'> {
  return { ratio: formatSpread(ratios, 2), target: `at most ${max}`, met: computeMedian(ratios) <= max };
}

/** Judges ratios to the baseline: the target is met if their median is at least `min`. */
export function judgeAtLeast(ratios: readonly number[], min: number): Pick<Figure, 'ratio' | 'target' | 'met'> {
  return { ratio: formatSpread(ratios, 2), target: `at least ${min}`, met: computeMedian(ratios) >= min };
}
