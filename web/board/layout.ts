/** The groups of a board and their tiles, by the layout of the definition. Pure. */
import type { DashboardDefinition, Tile } from '../../src/client/client.js';

export interface ShownGroup {
  readonly title: string | undefined;
  readonly tiles: readonly Required<Omit<Tile, 'hidden'>>[];
}

/**
 * Returns the groups to show. What the layout does not name follows in the order of declaration, in the last group if
 * that has no title. Hidden tiles are left out.
 * @param names counters and measures that exist and are wanted
 */
export function listGroups(definition: DashboardDefinition, names: readonly string[]): ShownGroup[] {
  const wanted = new Set(names);
  const named = new Set<string>();
  const groups: { title: string | undefined; tiles: Required<Omit<Tile, 'hidden'>>[] }[] = [];
  for (const { title, tiles } of definition.layout?.groups ?? []) {
    const shown = [];
    for (const { show, size = 'medium', hidden } of tiles) {
      if (named.has(show)) continue;
      named.add(show);
      if (!hidden && wanted.has(show)) shown.push({ show, size });
    }
    groups.push({ title, tiles: shown });
  }
  const rest = names.filter((name) => !named.has(name)).map((show) => ({ show, size: 'medium' as const }));
  const last = groups.at(-1);
  if (last && last.title === undefined) last.tiles.push(...rest);
  else groups.push({ title: undefined, tiles: rest });
  return groups.filter(({ tiles }) => tiles.length > 0);
}
