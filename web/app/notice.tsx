/** A message about what has just failed: it stands until it is closed, or for a time that suffices to read it. */
import type { JSX } from 'preact';
import type { Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Icon } from '../signs/icon.js';
import { Sentence } from '../words/sentence.js';
import { words } from '../words/locale.js';

export interface Notice {
  readonly text: string;
}

/** Time for which a notice stands, milliseconds. */
const NOTICE_MS = 12_000;

export function NoticeLine({ notice }: { readonly notice: Signal<Notice | undefined> }): JSX.Element | null {
  const shown = notice.value;
  useEffect(() => {
    if (!shown) return undefined;
    const timer = setTimeout(() => (notice.value = undefined), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [shown, notice]);
  return (
    <div class="notices" role="alert">
      {shown && (
        <p class="toast">
          <span>
            <Sentence text={shown.text} />
          </span>
          <button
            type="button"
            class="button"
            data-look="quiet"
            data-icon
            aria-label={words.value.board.close}
            onClick={() => (notice.value = undefined)}
          >
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  );
}
