/** Shows a page in place of another, which fades out over it. At once with reduced motion. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Duration, milliseconds: `--calm` of tokens.css. */
const FADE_MS = 240;

interface Sheet {
  /** Changes with each page. */
  readonly id: string;
  /** Size of the screen. With another one, no page fades: the last one does not fit any more. */
  readonly size: string;
  readonly children: ComponentChildren;
}

export function Crossfade({ id, size, children }: Sheet): JSX.Element {
  const sheets = useRef<readonly Sheet[]>([]);
  const [, redraw] = useState(0);
  const last = sheets.current.at(-1);
  const before = last && last.id !== id ? [last] : sheets.current.slice(0, -1);
  sheets.current = [...before.filter((sheet) => sheet.size === size), { id, size, children }];
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
