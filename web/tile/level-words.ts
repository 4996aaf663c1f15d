/** Words of a level, from the boundary that it begins or ends with: `Below 40`, `From 20`. */
import type { DashboardDefinition } from '../../src/client/client.js';
import type { LevelBoundary } from '../../src/measures/levels.js';
import { words } from '../words/locale.js';
import { formatLimit } from './limit-text.js';

export function formatBoundary(definition: DashboardDefinition, name: string, { relation, at }: LevelBoundary): string {
  const { tile } = words.value;
  const relations = { Below: tile.below, From: tile.from, Under: tile.under };
  return relations[relation](formatLimit(definition, name, at));
}
