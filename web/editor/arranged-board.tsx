/** The board while it is edited: its groups, the hidden tiles, and the keys that arrange. */
import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import { useWidth } from '../board/width.js';
import { Icon } from '../signs/icon.js';
import { getCommonKind, listSlots } from '../tile/shown-tile.js';
import { words } from '../words/locale.js';
import { listTiles } from './arrangement.js';
import { ArrangedGroup } from './arranged-group.js';
import { getTitle, useArranging } from './arranging.js';
import { useDragging } from './drag.js';
import { FloatingTile } from './floating-tile.js';

export function ArrangedBoard(): JSX.Element {
  const { data } = useBoard();
  const { draft, chosen, announcement } = useArranging();
  const main = useRef<HTMLElement>(null);
  const width = useWidth(main) - EDGE_REM;
  useDragging();
  const definition = data.definition.value;
  const slots = useMemo(() => (definition ? listSlots(definition) : new Map()), [definition]);
  const groups = draft.arrangement.value;
  const tiles = listTiles(groups).filter(({ isHidden }) => !isHidden);
  const tabStop = tiles.find(({ show }) => show === chosen.value) ?? tiles[0];
  const drawing = {
    getSlot: (name: string) => slots.get(name),
    commonKind: definition ? getCommonKind(definition) : 'total',
  };
  const { editor } = words.value;
  return (
    <main ref={main} class="editing">
      {groups.map((group) => (
        <ArrangedGroup
          key={group.id}
          group={group}
          order={groups.map(({ id }) => id)}
          width={width}
          tabStop={tabStop?.show}
          {...drawing}
        />
      ))}
      <HiddenTiles />
      <p class="keys" aria-label={editor.keys.legend} role="group">
        <Key keys={[editor.keys.space]} text={editor.keys.pickUp} />
        <Key keys={['←', '→', '↑', '↓']} text={editor.keys.move} />
        <Key keys={['1', '2', '3']} text={editor.keys.size} />
        <Key keys={['H']} text={editor.keys.hide} />
        <Key keys={['Enter']} text={editor.keys.settings} />
        <Key keys={['Esc']} text={editor.keys.putBack} />
      </p>
      <p class="unseen" role="status">
        {announcement.value}
      </p>
      <FloatingTile {...drawing} />
    </main>
  );
}

/** Padding of the board at both sides: two times `--space-6` of tokens.css. */
const EDGE_REM = 2.5;

function Key({ keys, text }: { readonly keys: readonly string[]; readonly text: string }): JSX.Element {
  return (
    <span>
      {keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}{' '}
      {text}
    </span>
  );
}

function HiddenTiles(): JSX.Element | null {
  const { data } = useBoard();
  const { draft } = useArranging();
  const hidden = listTiles(draft.arrangement.value).filter(({ isHidden }) => isHidden);
  const { editor } = words.value;
  if (hidden.length === 0) return null;
  return (
    <section class="group hidden-tiles" aria-labelledby="hidden-tiles">
      <h2 id="hidden-tiles">{editor.hiddenTiles}</h2>
      <div class="chips">
        {hidden.map(({ show }) => (
          <button
            key={show}
            type="button"
            class="button"
            title={editor.show(getTitle(data, show))}
            aria-label={editor.show(getTitle(data, show))}
            onClick={() => draft.take({ kind: 'hide', show, isHidden: false })}
          >
            <Icon name="hidden" />
            <bdi>{getTitle(data, show)}</bdi>
          </button>
        ))}
      </div>
    </section>
  );
}
