/** The form of the numbers where the viewer has not chosen one. Pure. */
import type { BoardForm } from '../app/page-url.js';

/** Most counters that are shown as tiles where no form was chosen. */
export const MAX_TILES = 40;

/** Returns the form of a board. @param choice of the viewer @param count counters and measures that are shown */
export function getForm(choice: BoardForm | undefined, count: number): BoardForm {
  return choice ?? (count > MAX_TILES ? 'list' : 'tiles');
}
