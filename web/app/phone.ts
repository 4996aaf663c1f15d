/** True on screens of one hand: two columns of tiles, and the parts of the board in turn. */
import { type ReadonlySignal, signal } from '@preact/signals';

/** As in the style sheets of the parts. */
const query = matchMedia('(max-width: 34.9375rem)');
const matches = signal(query.matches);
query.addEventListener('change', () => (matches.value = query.matches));

export const isPhone: ReadonlySignal<boolean> = matches;
