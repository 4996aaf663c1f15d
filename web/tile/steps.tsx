/** Buttons that change a counter by one, and open the sheet for all other changes. */
import type { JSX } from 'preact';
import type { DashboardDefinition } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';

interface StepsProps {
  readonly name: string;
  readonly title: string;
  /** Opens the sheet with amount, value and reason. */
  readonly onOther: () => void;
}

/** Returns one as it is read: at scale 2 these are 100 of the smallest unit. */
export function getOne(definition: DashboardDefinition | undefined, name: string): number {
  return 10 ** (definition?.counters[name]?.scale ?? 0);
}

export function Steps({ name, title, onOther }: StepsProps): JSX.Element {
  const { data, changes } = useBoard();
  const { tile } = words.value;
  const one = getOne(data.definition.value, name);
  const step = (by: number) => (): void => void changes.change(name, { by });
  return (
    <div class="steps" role="group" aria-label={tile.change(title)}>
      <button type="button" class="button" tabIndex={-1} aria-label={tile.removeOne(title)} onClick={step(-one)}>
        <Icon name="minus" />
      </button>
      <button type="button" class="button" tabIndex={-1} aria-label={tile.addOne(title)} onClick={step(one)}>
        <Icon name="plus" />
      </button>
      <button type="button" class="button" tabIndex={-1} aria-label={tile.otherChange(title)} onClick={onOther}>
        <Icon name="more" />
      </button>
    </div>
  );
}
