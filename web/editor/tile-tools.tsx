/** Tools of a tile: its settings; and when it is chosen, its size and hiding it. */
import type { JSX } from 'preact';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import type { TileSize } from '../tile/tile.js';
import { words } from '../words/locale.js';
import { useArranging } from './arranging.js';

export const TILE_SIZES: readonly TileSize[] = ['small', 'medium', 'large'];

interface TileToolsProps {
  readonly show: string;
  readonly size: TileSize;
  readonly title: string;
  readonly isOpen: boolean;
}

export function TileTools({ show, size, title, isOpen }: TileToolsProps): JSX.Element {
  const { ui } = useBoard();
  const { draft } = useArranging();
  const { editor } = words.value;
  const tabIndex = isOpen ? 0 : -1;
  return (
    <div class="tools" {...(isOpen && { 'data-open': '' })}>
      {isOpen && (
        <>
          <fieldset class="segmented" data-size="small">
            <legend class="unseen">{editor.size}</legend>
            {TILE_SIZES.map((choice) => (
              <label key={choice} title={editor.sizes[choice]}>
                <input
                  type="radio"
                  name={`size of ${show}`}
                  aria-label={editor.sizes[choice]}
                  checked={choice === size}
                  onChange={() => draft.take({ kind: 'resize', show, size: choice })}
                />
                <span aria-hidden="true">{editor.sizeLetters[choice]}</span>
              </label>
            ))}
          </fieldset>
          <button
            type="button"
            class="button"
            data-look="quiet"
            data-icon
            title={editor.hide(title)}
            aria-label={editor.hide(title)}
            onClick={() => draft.take({ kind: 'hide', show, isHidden: true })}
          >
            <Icon name="eye" />
          </button>
        </>
      )}
      <button
        type="button"
        class="button"
        data-look="quiet"
        data-icon
        tabIndex={tabIndex}
        title={editor.settings(title)}
        aria-label={editor.settings(title)}
        onClick={() => (ui.configuring.value = show)}
      >
        <Icon name="settings" />
      </button>
    </div>
  );
}
