/** The board at a desk: numbers, chart, and what stands beside them. */
import type { JSX } from 'preact';
import { Lazy } from '../app/lazy.js';
import { words } from '../words/locale.js';
import { useBoard } from '../app/board-context.js';
import { Board } from './board.js';

interface DeskProps {
  /** Names of the URL that do not exist. */
  readonly unknownNames: readonly string[];
}

export function Desk({ unknownNames }: DeskProps): JSX.Element {
  const { ui } = useBoard();
  const { board } = words.value;
  return (
    <div class="desk" {...(ui.isActivityOpen.value && { 'data-beside': '' })}>
      <div class="column">
        {unknownNames.length > 0 && (
          <p class="strip" role="status">
            {board.unknownNames(unknownNames.join(', '))}
          </p>
        )}
        <Board onOther={(name) => (ui.changing.value = name)} />
      </div>
      {ui.isActivityOpen.value && <Lazy load={loadActivity} props={{}} placeholder={<aside class="activity" />} />}
    </div>
  );
}

async function loadActivity() {
  return (await import('../activity/activity.js')).Activity;
}
