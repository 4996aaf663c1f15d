/** The parts of the board on a phone, one at a time: numbers, chart, activity. */
import type { JSX } from 'preact';
import { Icon, type IconName } from '../signs/icon.js';
import { words } from '../words/locale.js';
import { type BoardPart, useBoard } from './board-context.js';

const TABS: readonly (readonly [BoardPart, IconName])[] = [
  ['numbers', 'table'],
  ['chart', 'bars'],
  ['activity', 'activity'],
];

export function PhoneTabs(): JSX.Element {
  const { ui } = useBoard();
  const { parts } = words.value;
  const shown = getShownPart(ui);
  return (
    <nav class="tabs" aria-label={parts.legend}>
      {TABS.map(([part, icon]) => (
        <button
          key={part}
          type="button"
          aria-current={part === shown ? 'page' : undefined}
          onClick={() => {
            ui.isActivityOpen.value = part === 'activity';
            ui.part.value = part === 'activity' ? ui.part.peek() : part;
            scrollTo(0, 0);
          }}
        >
          <Icon name={icon} />
          {parts[part]}
        </button>
      ))}
    </nav>
  );
}

export function getShownPart(ui: ReturnType<typeof useBoard>['ui']): BoardPart {
  return ui.isActivityOpen.value ? 'activity' : ui.part.value;
}
