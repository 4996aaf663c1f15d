/** Words of a level, from the boundary that it begins or ends with: `Below 40`, `From 20`. */
import type { DashboardDefinition } from '../../src/client/client.js';
import type { LevelBoundary } from '../../src/measures/levels.js';
import { formatShownNumber } from '../../src/measures/shown-number.js';
import { locale, words } from '../words/locale.js';

export function formatBoundary(definition: DashboardDefinition, name: string, { relation, at }: LevelBoundary): string {
  const { tile } = words.value;
  const number = formatShownNumber(definition, name, at, locale.value, { form: 'whole', withoutUnit: true });
  const relations = { Below: tile.below, From: tile.from, Under: tile.under };
  return relations[relation](number);
}
