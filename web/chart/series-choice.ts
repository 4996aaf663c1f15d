/** The series of a chart: which are shown, in which form and colour. Pure. */
import type { DashboardDefinition } from '../../src/client/client.js';
import { listGroups } from '../board/layout.js';
import type { SeriesSlot } from '../signs/series-mark.js';
import { listSlots } from '../tile/shown-tile.js';
import { LANE_FORMS, type LaneForm, type SeriesChoice } from './lane.js';

/** Series that are shown if none have been chosen. */
const USUAL_SERIES = 3;
/** As many as there are colours. */
export const MAX_SERIES = 8;
/** In the URL: the bars of one lane on top of each other. */
export const STACKED = 'stacked';

/** A key of the legend. */
export interface LegendEntry extends SeriesChoice {
  readonly isShown: boolean;
}

/** Options of single series as the URL has them: `revenue:adding`, `orders:off`. */
export type SeriesOptions = readonly string[];

/**
 * Returns the series of a chart, shown or pressed away.
 * @param names counters and measures that can be shown
 * @param chosen those of the URL; the first ones of the board if none of them can be shown
 */
export function listSeries(
  definition: DashboardDefinition,
  names: readonly string[],
  chosen: readonly string[],
  options: SeriesOptions,
): LegendEntry[] {
  const slots = listSlots(definition);
  const exist = chosen.filter((name) => names.includes(name));
  const usual = listGroups(definition, names)
    .flatMap(({ tiles }) => tiles.map(({ show }) => show))
    .filter((name) => slots.has(name));
  const wanted = (exist.length > 0 ? exist : usual.slice(0, USUAL_SERIES)).slice(0, MAX_SERIES);
  const taken = new Set(wanted.flatMap((name) => slots.get(name) ?? []));
  return wanted.map((name) => {
    const slot = slots.get(name) ?? takeSlot(taken);
    const form = LANE_FORMS.find((one) => options.includes(`${name}:${one}`));
    return { name, slot, form, isShown: !options.includes(`${name}:off`) };
  });
}

/** The ninth counter of a board, and sums, take the first colour that is free in this chart. */
function takeSlot(taken: Set<SeriesSlot>): SeriesSlot {
  const free = ([1, 2, 3, 4, 5, 6, 7, 8] as const).find((slot) => !taken.has(slot)) ?? 8;
  taken.add(free);
  return free;
}

/** Sets or removes an option of a series. */
export function setForm(options: SeriesOptions, name: string, form: LaneForm | undefined): SeriesOptions {
  const rest = options.filter((option) => !LANE_FORMS.some((one) => option === `${name}:${one}`));
  return form === undefined ? rest : [...rest, `${name}:${form}`];
}

export function toggleOption(options: SeriesOptions, option: string): SeriesOptions {
  return options.includes(option) ? options.filter((one) => one !== option) : [...options, option];
}
