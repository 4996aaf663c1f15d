/** What the numbers of a dashboard are compared with. Pure. */
import type { DashboardDefinition, Period } from '../../src/client/client.js';
import { getPresentation } from '../../src/measures/shown-number.js';
import { type CompareWith, getCompareWith } from './period-data.js';

/** Returns what the counters and measures of a dashboard are compared with, each once. */
export function listComparisons(definition: DashboardDefinition | undefined, period: Period): CompareWith[] {
  const names = Object.keys({ ...definition?.counters, ...definition?.measures });
  const comparisons = names.map((name) => getCompareWith(period, definition ? getPresentation(definition, name) : {}));
  return [...new Set(comparisons.length > 0 ? comparisons : [getCompareWith(period, {})])];
}
