/** The list of dashboards, with a search: opens over the page, and closes when one is chosen. */
import { type DashboardEntry, listDashboards } from '../../src/client/client.js';
import { fragmentOf, type View } from './page-url.js';
import { element, setAttributes, setText } from './element.js';
import type { Access } from '../auth/session-token.js';

/** Most entries shown at a time; the search finds the rest. */
const MOST_SHOWN = 100;

export class DashboardsNav {
  readonly root: HTMLElement;
  readonly #button = element(
    'button',
    { type: 'button', 'aria-expanded': 'false', 'aria-controls': 'dashboards' },
    'Dashboards',
  );
  readonly #search = element('input', {
    type: 'search',
    placeholder: 'Search',
    'aria-label': 'Search dashboards',
    autocomplete: 'off',
  });
  readonly #list = element('ul');
  readonly #note = element('p', { class: 'note', role: 'status' });
  readonly #nav = element(
    'nav',
    { id: 'dashboards', 'aria-label': 'Dashboards', hidden: true },
    this.#search,
    this.#list,
    this.#note,
  );
  readonly #closing = new AbortController();
  #entries: readonly DashboardEntry[] = [];

  constructor(
    private readonly base: URL,
    private readonly access: Access,
    private readonly view: () => Pick<View, 'dashboard' | 'theme'>,
  ) {
    this.root = element('div', { class: 'dashboards' }, this.#button, this.#nav);
    this.#button.addEventListener('click', () => this.#toggle(this.#nav.hidden !== false));
    this.#search.addEventListener('input', () => this.#show());
    this.root.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target === this.#search) this.#list.querySelector('a')?.click();
      if (event.key !== 'Escape' || this.#nav.hidden) return;
      this.#toggle(false);
      this.#button.focus();
    });
    this.#list.addEventListener('click', () => this.#toggle(false));
    const { signal } = this.#closing;
    document.addEventListener(
      'pointerdown',
      ({ target }) => this.root.contains(target as Node) || this.#toggle(false),
      { signal },
    );
    this.root.addEventListener('focusout', ({ relatedTarget }) => {
      if (relatedTarget && !this.root.contains(relatedTarget as Node)) this.#toggle(false);
    });
  }

  close(): void {
    this.#closing.abort();
  }

  #toggle(isOpen: boolean): void {
    if (isOpen === !this.#nav.hidden) return;
    this.#nav.hidden = !isOpen;
    setAttributes(this.#button, { 'aria-expanded': String(isOpen) });
    if (!isOpen) return;
    this.#search.value = '';
    this.#search.focus();
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      if (this.#entries.length === 0) setText(this.#note, 'Loading …');
      this.#entries = await listDashboards(this.base, { signal: this.#closing.signal, ...this.access });
      this.#show();
    } catch (error) {
      setText(this.#note, `The list is not to be had: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #show(): void {
    const words = this.#search.value.toLowerCase().split(/\s+/);
    const found = this.#entries.filter(({ name, title }) =>
      words.every((word) => `${name} ${title ?? ''}`.toLowerCase().includes(word)),
    );
    const { dashboard, theme } = this.view();
    const shown = found.slice(0, MOST_SHOWN).map(({ name, title, counterCount }) => {
      const current = name === dashboard ? 'page' : undefined;
      const href = fragmentOf({ dashboard: name, theme });
      const count = `${counterCount} ${counterCount === 1 ? 'counter' : 'counters'}`;
      const link = element(
        'a',
        { href, 'aria-current': current },
        element('span', {}, title ?? name),
        element('small', {}, title === undefined ? count : `${name} · ${count}`),
      );
      return element('li', {}, link);
    });
    this.#list.replaceChildren(...shown);
    if (found.length === 0) setText(this.#note, 'No dashboard has that in its name.');
    else
      setText(this.#note, found.length > shown.length ? `${found.length - shown.length} more: search for them.` : '');
  }
}
