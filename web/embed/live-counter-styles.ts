/**
 * Styles of `<live-counter>`, as a constructed style sheet: allowed by every content security policy, isolated from the
 * page.
 */
const COUNTER_CSS = `
:host { display: inline-block; }
:host([hidden]) { display: none; }
.counter { display: inline-flex; align-items: baseline; gap: var(--live-counter-gap, 0.4em); }
[part='label'] { color: var(--live-counter-label-color, inherit); }
[part='label']:empty { display: none; }
[part='value'] {
  color: var(--live-counter-color, inherit);
  font-size: var(--live-counter-font-size, inherit);
  font-weight: var(--live-counter-font-weight, 600);
  font-variant-numeric: tabular-nums;
  /* Many fonts move two ones closer together, tabular or not. */
  font-kerning: none;
  border-radius: 0.2em;
}
[part='sparkline'] { display: inline-flex; inline-size: var(--live-counter-spark-width, 5em); block-size: 1em; }
[part='sparkline'] .spark { inline-size: 100%; block-size: 100%; }
.spark .bar { fill: var(--live-counter-spark-color, currentColor); opacity: 0.7; }
.spark .line { fill: none; stroke: var(--live-counter-spark-color, currentColor); stroke-width: 1.5px; }
.spark .end { fill: var(--live-counter-spark-color, currentColor); }
.spark .hatch { stroke: var(--live-counter-spark-color, currentColor); stroke-width: 1.6px; }
.spark .base { stroke: currentColor; opacity: 0.25; }
.spark .before { fill: none; stroke: currentColor; stroke-dasharray: 2.5 2; opacity: 0.5; }
/* A disc if live, or else a ring of the same size: distinguishable without colours. */
[part='state'] {
  align-self: center;
  box-sizing: border-box;
  inline-size: 0.5em;
  block-size: 0.5em;
  border: 0.1em solid currentColor;
  border-radius: 50%;
}
:host([state='live']) [part='state'] { border: 0.25em solid var(--live-counter-live-color, #2e9e5b); }
:host(:not([state='live'])) [part='value'] { opacity: 0.6; }
.announcement { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: no-preference) {
  .changed { animation: changed 0.9s ease-out; }
}
@keyframes changed {
  from { background-color: var(--live-counter-highlight, color-mix(in srgb, currentColor 22%, transparent)); }
}
`;

let counterStyles: CSSStyleSheet | undefined;

export function getCounterStyles(): CSSStyleSheet {
  if (!counterStyles) {
    counterStyles = new CSSStyleSheet();
    counterStyles.replaceSync(COUNTER_CSS);
  }
  return counterStyles;
}
