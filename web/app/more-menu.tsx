/** The menu of all that is rarely needed: form, theme, language, print, keys, and what the parts of the page add. */
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { getForm } from '../board/form.js';
import { Icon, type IconName } from '../signs/icon.js';
import { words } from '../words/locale.js';
import { useBoard } from './board-context.js';
import { BOARD_FORMS, THEMES } from './page-url.js';
import { Segmented } from './segmented.js';

export const MORE_MENU_ID = 'more';

/** An entry of the menu. */
export interface MenuEntry {
  readonly icon: IconName;
  readonly label: string;
  /** Key that does the same. */
  readonly key?: string;
  readonly onClick: () => void;
}

/** Languages in their own words, by BCP 47 tag. */
const LANGUAGES = { en: 'English', de: 'Deutsch', fr: 'Français', es: 'Español', ar: 'العربية' } as const;

interface MoreMenuProps {
  readonly entries: readonly MenuEntry[];
  readonly onSignOut: (() => void) | undefined;
}

export function MoreMenu({ entries, onSignOut }: MoreMenuProps): JSX.Element {
  const { data, view, setView } = useBoard();
  const menu = useRef<HTMLDivElement>(null);
  const { board, numbers, more } = words.value;
  const { theme, locale, form } = view.value;
  const run = (onClick: () => void) => (): void => {
    menu.current?.hidePopover();
    onClick();
  };
  return (
    <div ref={menu} id={MORE_MENU_ID} class="menu more" popover="auto" role="dialog" aria-label={board.more}>
      {entries.map(({ icon, label, key, onClick }) => (
        <button key={label} type="button" class="item" aria-keyshortcuts={key} onClick={run(onClick)}>
          <Icon name={icon} />
          {label}
          {key !== undefined && <kbd aria-hidden="true">{key}</kbd>}
        </button>
      ))}
      <hr />
      <Segmented
        label={numbers.form}
        name="more-form"
        value={getForm(form, data.names.value.length)}
        options={BOARD_FORMS.map((choice) => [choice, numbers.forms[choice]])}
        onChoose={(choice) => setView({ form: choice })}
      />
      <Segmented
        label={more.theme}
        name="theme"
        value={theme}
        options={THEMES.map((choice) => [choice, more.themes[choice]])}
        onChoose={(choice) => setView({ theme: choice })}
      />
      <label class="field">
        <span class="label">{more.language}</span>
        <span class="select">
          <select value={locale} onChange={({ currentTarget }) => setView({ locale: currentTarget.value })}>
            <option value="">{more.ofBrowser}</option>
            {Object.entries(LANGUAGES).map(([tag, name]) => (
              <option key={tag} value={tag} lang={tag}>
                {name}
              </option>
            ))}
            {/* A locale of the address, such as de-AT. */}
            {locale !== '' && !Object.hasOwn(LANGUAGES, locale) && <option value={locale}>{locale}</option>}
          </select>
          <Icon name="down" />
        </span>
      </label>
      <hr />
      <a class="item" href={new URL('docs', data.base).href}>
        <Icon name="link" />
        {more.apiDocs}
      </a>
      {onSignOut && (
        <button type="button" class="item" onClick={run(onSignOut)}>
          <Icon name="lock" />
          {board.signOut}
        </button>
      )}
    </div>
  );
}
