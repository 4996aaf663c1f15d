/** Shows a page in place of another, which fades out over it. At once with reduced motion. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Duration, milliseconds: `--calm` of tokens.css. */
const FADE_MS = 240;

interface Sheet {
  readonly id: string;
  readonly children: ComponentChildren;
}

/** @param id changes with each page */
export function Crossfade({ id, children }: Sheet): JSX.Element {
  const sheets = useRef<readonly Sheet[]>([]);
  const [, redraw] = useState(0);
  const last = sheets.current.at(-1);
  sheets.current =
    last && last.id !== id ? [last, { id, children }] : [...sheets.current.slice(0, -1), { id, children }];
  useEffect(() => {
    if (sheets.current.length < 2) return undefined;
    const isReduced = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const timer = setTimeout(
      () => {
        sheets.current = sheets.current.slice(-1);
        redraw((count) => count + 1);
      },
      isReduced ? 0 : FADE_MS,
    );
    return () => clearTimeout(timer);
  }, [id]);
  return (
    <div class="sheets">
      {sheets.current.map((sheet) => {
        const isLeaving = sheet.id !== id;
        return (
          <div key={sheet.id} class="sheet" inert={isLeaving} data-leaving={isLeaving ? '' : undefined}>
            {sheet.children}
          </div>
        );
      })}
    </div>
  );
}
