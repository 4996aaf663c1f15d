/** Finds the tile beside another one as they stand on the screen: sizes and columns decide, not the order alone. */

export type Way = 'previous' | 'next' | 'above' | 'below';

/** A tile, or an empty group. */
export interface Neighbour {
  readonly group: string;
  readonly show: string | undefined;
}

/** Returns the neighbour of a tile; undefined at the end of the board. */
export function findNeighbour(show: string, way: Way): Neighbour | undefined {
  const places = listPlaces();
  const index = places.findIndex((place) => place.show === show);
  const own = places[index];
  if (!own) return undefined;
  if (way === 'previous') return places[index - 1];
  if (way === 'next') return places[index + 1];
  const sign = way === 'below' ? 1 : -1;
  /** Distance of the rows, then of the columns. */
  const distance = ({ box }: Place): number => {
    const rows = sign > 0 ? box.top - own.box.bottom : own.box.top - box.bottom;
    return Math.max(0, rows) * ROW_WEIGHT + Math.abs(getMiddle(box) - getMiddle(own.box));
  };
  return places
    .filter(({ box }) => (sign > 0 ? box.top >= own.box.bottom - 1 : box.bottom <= own.box.top + 1))
    .toSorted((one, other) => distance(one) - distance(other))[0];
}

interface Place extends Neighbour {
  readonly box: DOMRect;
}

/** The nearest row wins over any column of another one. */
const ROW_WEIGHT = 1_000;

function listPlaces(): Place[] {
  const elements = [...document.querySelectorAll<HTMLElement>('[data-arranged], [data-empty-group]')];
  return elements.map((element) => ({
    group: element.dataset['group'] ?? '',
    show: element.dataset['arranged'],
    box: element.getBoundingClientRect(),
  }));
}

function getMiddle({ left, width }: DOMRect): number {
  return left + width / 2;
}
