/** Columns of a desk. Pure. */

/** Narrowest and widest tile, and the gap between two, rem: `--tile-min` and `--tile-gap` of tokens.css. */
export const TILE_REM = { least: 14, most: 26, gap: 0.75 } as const;
/** A single tile may take the whole width of a phone, never more columns than this. */
const MAX_COLUMNS = 12;

/**
 * Returns the number of columns: of all that make tiles of 14 to 26 rem, the one that leaves the fewest holes; of
 * equals the one with more columns.
 * @param width room, rem
 * @param units tiles in columns: a large one is two, two small ones are one
 */
export function chooseColumns(width: number, units: number): number {
  const { least, most, gap } = TILE_REM;
  let best: { readonly columns: number; readonly holes: number } | undefined;
  for (let columns = 1; columns <= MAX_COLUMNS; columns += 1) {
    const tileWidth = (width - gap * (columns - 1)) / columns;
    const isTooWide = tileWidth > most && (width - gap * columns) / (columns + 1) >= least;
    if (tileWidth < least || isTooWide) continue;
    const holes = columns > units ? columns - units : (columns - (units % columns)) % columns;
    if (!best || holes <= best.holes) best = { columns, holes };
  }
  return best?.columns ?? 1;
}
