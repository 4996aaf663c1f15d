/** Marks of the chart's series: form and colour say the same, so that neither is needed alone. */
import type { JSX } from 'preact';

/** Forms in the order of the series colours of tokens.css, with the dash of the line in the chart. */
export const SERIES = [
  { shape: 'disc', dash: [] },
  { shape: 'square', dash: [8, 4] },
  { shape: 'triangle', dash: [2, 4] },
  { shape: 'diamond', dash: [10, 4, 2, 4] },
  { shape: 'down', dash: [2, 3] },
  { shape: 'plus', dash: [10, 3, 2, 3, 2, 3] },
  { shape: 'cross', dash: [14, 4] },
  { shape: 'ring', dash: [4, 2] },
] as const;

/** A slot of {@link SERIES}, from 1 on, as in the names of the colours. */
export type SeriesSlot = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const DRAWINGS: Readonly<Record<(typeof SERIES)[number]['shape'], JSX.Element>> = {
  disc: <circle cx="5" cy="5" r="4.6" />,
  square: <rect x=".9" y=".9" width="8.2" height="8.2" rx=".8" />,
  triangle: <path d="M5 .4 9.9 9.2H.1z" />,
  diamond: <path d="M5 0l5 5-5 5-5-5z" />,
  down: <path d="M5 9.6.1.8h9.8z" />,
  plus: <path d="M5 .5v9M.5 5h9" />,
  cross: <path d="m1.2 1.2 7.6 7.6M8.8 1.2 1.2 8.8" />,
  ring: <circle cx="5" cy="5" r="3.7" />,
};

export function SeriesMark({ slot }: { readonly slot: SeriesSlot }): JSX.Element {
  const { shape } = SERIES[slot - 1] ?? SERIES[0];
  return (
    <svg class="mark" data-shape={shape} data-series={slot} viewBox="0 0 10 10" aria-hidden="true">
      {DRAWINGS[shape]}
    </svg>
  );
}
