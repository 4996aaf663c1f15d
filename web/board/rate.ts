/** The change of a counter within the last minute, in words. */
import type { DashboardDefinition } from '../../src/client/client.js';
import { formatShownNumber, isMeasure, NO_NUMBER } from '../../src/measures/shown-number.js';
import type { BoardData } from '../data/board-data.js';
import { isGauge } from '../tile/shown-tile.js';
import { locale, words } from '../words/locale.js';

/** Empty for what does not count: measures and gauges. */
export function formatRate(data: BoardData, definition: DashboardDefinition, name: string): string {
  if (isMeasure(definition, name) || isGauge(definition, name)) return '';
  const change = data.getChangePerMinute?.(name);
  if (change === undefined) return NO_NUMBER;
  const options = { withoutUnit: true, signed: true, form: 'whole' } as const;
  return words.value.numbers.rate(formatShownNumber(definition, name, change, locale.value, options));
}
