/** Draws canvases again when the tokens may have changed, and in time before the page is printed. */
import { options } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';

/** Conditions under which the tokens have other colours, or canvases another size. */
const CONDITIONS = ['(prefers-color-scheme: dark)', '(forced-colors: active)', '(prefers-contrast: more)', 'print'];

/** @returns true while the page is being printed: layout for paper comes after the last moment to draw */
export function useStyleVersion(): boolean {
  const { view } = useBoard();
  const [, setVersion] = useState(0);
  const [isPrinting, setIsPrinting] = useState(false);
  // The page's own choice of light or dark.
  void view.value.theme;
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const onChange = (): void => setVersion((version) => version + 1);
    for (const condition of CONDITIONS) matchMedia(condition).addEventListener('change', onChange, { signal });
    addEventListener('beforeprint', () => renderNow(() => setIsPrinting(true)), { signal });
    addEventListener('afterprint', () => setIsPrinting(false), { signal });
    // Letters of the page's own face are drawn once it has come.
    document.fonts.addEventListener('loadingdone', onChange, { signal });
    return () => controller.abort();
  }, []);
  return isPrinting;
}

/** Renders a change before it returns. */
function renderNow(change: () => void): void {
  const before = Object.entries(options).filter(([name]) => name === 'debounceRendering');
  options.debounceRendering = (render) => render();
  change();
  delete options.debounceRendering;
  Object.assign(options, Object.fromEntries(before));
}
