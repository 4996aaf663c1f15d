/** The layout of a board. */
import type { DashboardSettings } from '../counters/definition.js';

/** Returns the settings without the tiles of a counter or measure. */
export function removeTiles(settings: DashboardSettings, name: string): DashboardSettings {
  const { layout } = settings;
  if (!layout?.groups.some(({ tiles }) => tiles.some(({ show }) => show === name))) return settings;
  const groups = layout.groups.map((group) => ({ ...group, tiles: group.tiles.filter(({ show }) => show !== name) }));
  return { ...settings, layout: { groups } };
}
