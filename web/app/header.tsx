/** The header of the page: name of the board, freshness, period of the numbers, and actions. */
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { useRovingFocus } from '../board/roving-focus.js';
import { Icon, type IconName } from '../signs/icon.js';
import { Logo } from '../signs/logo.js';
import { words } from '../words/locale.js';
import { readBrand } from './brand.js';
import { BoardsMenu } from './boards-menu.js';
import { MORE_MENU_ID, type MenuEntry, MoreMenu } from './more-menu.js';
import { PeriodSwitch } from './period-switch.js';
import { isPhone } from './phone.js';
import { StatusPill } from './status-pill.js';

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
  /** Precision of a board of the past; undefined until it has been read. */
  readonly precision: string | undefined;
  /** What the menu offers of this board, such as to share and to download. */
  readonly entries: readonly MenuEntry[];
  /** Undefined for viewers without a token. */
  readonly onSignOut: (() => void) | undefined;
  readonly children?: JSX.Element | undefined;
}

const brand = readBrand(document);

export function Header({ actions, precision, entries, onSignOut, children }: HeaderProps): JSX.Element {
  const toolbar = useRef<HTMLDivElement>(null);
  useRovingFocus(toolbar, 'button');
  const { board } = words.value;
  const shown = isPhone.value ? [] : actions;
  return (
    <header class="bar">
      <div class="brand">
        <Logo src={brand.logo?.href} />
        <BoardsMenu />
        <StatusPill precision={precision} />
      </div>
      <span class="spacer" />
      {!isPhone.value && <PeriodSwitch />}
      <div ref={toolbar} class="actions" role="toolbar" aria-label={board.actions}>
        {shown.filter(({ isWritten }) => !isWritten).map(toButton)}
        <button
          type="button"
          class="button"
          data-look="quiet"
          data-icon
          tabIndex={-1}
          title={board.more}
          aria-label={board.more}
          popovertarget={MORE_MENU_ID}
        >
          <Icon name="more" />
        </button>
        {shown.filter(({ isWritten }) => isWritten).map(toButton)}
        {children}
      </div>
      <MoreMenu entries={isPhone.value ? [...actions, ...entries] : entries} onSignOut={onSignOut} />
    </header>
  );
}

function toButton({ icon, label, key, isPressed, isWritten = false, onClick }: HeaderAction): JSX.Element {
  return (
    <button
      key={key}
      type="button"
      class="button"
      tabIndex={-1}
      title={`${label}  ${key}`}
      aria-pressed={isPressed}
      aria-keyshortcuts={key}
      onClick={onClick}
      {...(isWritten ? {} : { 'data-look': 'quiet', 'data-icon': '', 'aria-label': label })}
    >
      <Icon name={icon} />
      {isWritten && <span class="word">{label}</span>}
    </button>
  );
}
