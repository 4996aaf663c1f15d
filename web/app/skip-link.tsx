/** The first link of the page: the keyboard reaches the chart past all numbers. */
import type { JSX } from 'preact';
import { words } from '../words/locale.js';
import { focusChart } from './keys.js';

export function SkipLink(): JSX.Element {
  return (
    <a
      class="unseen skip"
      href="#chart"
      onClick={(event) => {
        // The fragment is the address of the board.
        event.preventDefault();
        focusChart();
      }}
    >
      {words.value.board.skipToChart}
    </a>
  );
}
