/** The header of the page: name of the board, freshness, period of the numbers, and actions. */
import type { JSX } from 'preact';
import { getCommonKind } from '../tile/shown-tile.js';
import { Icon, type IconName } from '../signs/icon.js';
import { Logo } from '../signs/logo.js';
import { words } from '../words/locale.js';
import { useBoard } from './board-context.js';
import { readBrand } from './brand.js';
import { BoardsMenu } from './boards-menu.js';
import type { PeriodChoice } from './page-url.js';
import { StatusPill } from './status-pill.js';

const brand = readBrand(document);

/** Periods to choose from, in the order of the keys 1 to 5. */
export const PERIOD_KEYS: readonly PeriodChoice[] = ['hour', 'day', 'week', 'month', 'total'];

export interface HeaderAction {
  readonly icon: IconName;
  readonly label: string;
  /** Key that does the same, shown in the tooltip. */
  readonly key: string;
  readonly isPressed?: boolean;
  /** True to write the label beside the icon. */
  readonly isWritten?: boolean;
  readonly onClick: () => void;
}

interface HeaderProps {
  readonly actions: readonly HeaderAction[];
  readonly children?: JSX.Element | undefined;
}

export function Header({ actions, children }: HeaderProps): JSX.Element {
  return (
    <header class="bar">
      <div class="brand">
        <Logo src={brand.logo?.href} />
        <BoardsMenu />
        <StatusPill />
      </div>
      <span class="spacer" />
      <PeriodSwitch />
      <div class="actions">
        {actions.map(({ icon, label, key, isPressed, isWritten = false, onClick }) => (
          <button
            key={key}
            type="button"
            class="button"
            title={`${label}  ${key}`}
            aria-pressed={isPressed}
            aria-keyshortcuts={key}
            onClick={onClick}
            {...(isWritten ? {} : { 'data-look': 'quiet', 'data-icon': '', 'aria-label': label })}
          >
            <Icon name={icon} />
            {isWritten && <span class="word">{label}</span>}
          </button>
        ))}
        {children}
      </div>
    </header>
  );
}

function PeriodSwitch(): JSX.Element {
  const { data, view, setView } = useBoard();
  const definition = data.definition.value;
  const chosen = view.value.period ?? (definition && getCommonKind(definition));
  const { period } = words.value;
  return (
    <fieldset class="segmented periods">
      <legend class="unseen">{period.legend}</legend>
      {PERIOD_KEYS.map((choice) => (
        <label key={choice}>
          <input type="radio" name="period" checked={choice === chosen} onChange={() => setView({ period: choice })} />
          <span>{period[choice]}</span>
        </label>
      ))}
    </fieldset>
  );
}
