/** The sheet of all keys, with the switch that turns single ones off. Loaded when it is first shown. */
import './key-sheet.css';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';
import { useBoard } from './board-context.js';
import { areKeysOn } from './shortcuts.js';

export function KeySheet({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const { right } = useBoard();
  useEffect(() => dialog.current?.showModal(), []);
  const { keys, board } = words.value;
  const changes: readonly (readonly [string, string])[] = [
    [keys.names.enter, keys.open],
    ['+ −', keys.step],
    ['Z', keys.undo],
  ];
  const groups: readonly (readonly [title: string, keys: readonly (readonly [string, string])[]])[] = [
    [
      keys.board,
      [
        ['1 2 3 4 5', keys.period],
        ['/', keys.search],
        ['C', keys.chart],
        ['A', keys.activity],
        ['W', keys.wall],
        ...(right.value === 'admin' ? [['E', keys.edit] as const] : []),
        ['D', keys.download],
        ['S', keys.share],
        ['P', keys.print],
        ['?', keys.sheet],
        [keys.names.escape, keys.leave],
      ],
    ],
    [keys.numbers, [['← ↑ ↓ →', keys.move], [keys.names.ends, keys.ends], ...(right.value === 'read' ? [] : changes)]],
    [
      keys.past,
      [
        ['[', keys.back],
        [']', keys.on],
        ['L', keys.live],
      ],
    ],
  ];
  return (
    <dialog ref={dialog} class="key-sheet" aria-labelledby="key-sheet" closedby="any" onClose={onClose}>
      <header>
        <h2 id="key-sheet">{keys.title}</h2>
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            checked={areKeysOn.value}
            onChange={({ currentTarget }) => (areKeysOn.value = currentTarget.checked)}
          />
          {keys.single}
        </label>
        <button
          type="button"
          class="button"
          data-look="quiet"
          data-icon
          aria-label={board.close}
          onClick={() => dialog.current?.close()}
        >
          <Icon name="close" />
        </button>
      </header>
      <div class="groups">
        {groups.map(([title, rows]) => (
          <div key={title}>
            <h3>{title}</h3>
            <dl>
              {rows.map(([letters, text]) => (
                <div key={letters}>
                  <dt>
                    {letters.split(' ').map((letter) => (
                      <kbd key={letter}>{letter}</kbd>
                    ))}
                  </dt>
                  <dd>{text}</dd>
                </div>
              ))}
            </dl>
          </div>
        ))}
      </div>
    </dialog>
  );
}
