/** A searchable list of dashboards that opens over the page and closes when one is selected. */
import { type DashboardEntry, listDashboards } from '../../src/client/client.js';
import { toFragment, type PageView } from './page-url.js';
import { createElement, setAttributes, setText } from './element.js';
import { formatError } from './formatting.js';
import type { TokenOptions } from '../auth/session-token.js';

/** Largest number of entries shown at a time; the search finds the rest. */
const MAX_LISTED_DASHBOARDS = 100;

export class DashboardsNav {
  readonly root: HTMLElement;
  readonly #button = createElement(
    'button',
    { type: 'button', 'aria-expanded': 'false', 'aria-controls': 'dashboards' },
    'Dashboards',
  );
  readonly #search = createElement('input', {
    type: 'search',
    placeholder: 'Search',
    'aria-label': 'Search dashboards',
    autocomplete: 'off',
  });
  readonly #list = createElement('ul');
  readonly #status = createElement('p', { class: 'note', role: 'status' });
  readonly #nav = createElement(
    'nav',
    { id: 'dashboards', 'aria-label': 'Dashboards', hidden: true },
    this.#search,
    this.#list,
    this.#status,
  );
  readonly #controller = new AbortController();
  #entries: readonly DashboardEntry[] = [];

  constructor(
    private readonly base: URL,
    private readonly tokenOptions: TokenOptions,
    private readonly view: () => Pick<PageView, 'dashboard' | 'theme'>,
  ) {
    this.root = createElement('div', { class: 'dashboards' }, this.#button, this.#nav);
    this.#button.addEventListener('click', () => this.#toggle(this.#nav.hidden !== false));
    this.#search.addEventListener('input', () => this.#show());
    this.root.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target === this.#search) this.#list.querySelector('a')?.click();
      if (event.key !== 'Escape' || this.#nav.hidden) return;
      this.#toggle(false);
      this.#button.focus();
    });
    this.#list.addEventListener('click', () => this.#toggle(false));
    const { signal } = this.#controller;
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
    this.#controller.abort();
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
      if (this.#entries.length === 0) setText(this.#status, 'Loading…');
      this.#entries = await listDashboards(this.base, { signal: this.#controller.signal, ...this.tokenOptions });
      this.#show();
    } catch (error) {
      setText(this.#status, `Cannot load the list: ${formatError(error)}`);
    }
  }

  #show(): void {
    const words = this.#search.value.toLowerCase().split(/\s+/);
    const matches = this.#entries.filter(({ name, title }) =>
      words.every((word) => `${name} ${title ?? ''}`.toLowerCase().includes(word)),
    );
    const { dashboard, theme } = this.view();
    const items = matches.slice(0, MAX_LISTED_DASHBOARDS).map(({ name, title, counterCount }) => {
      const current = name === dashboard ? 'page' : undefined;
      const href = toFragment({ dashboard: name, theme });
      const count = `${counterCount} ${counterCount === 1 ? 'counter' : 'counters'}`;
      const link = createElement(
        'a',
        { href, 'aria-current': current },
        createElement('span', {}, title ?? name),
        createElement('small', {}, title === undefined ? count : `${name} · ${count}`),
      );
      return createElement('li', {}, link);
    });
    this.#list.replaceChildren(...items);
    if (matches.length === 0) setText(this.#status, 'No dashboard matches.');
    else
      setText(
        this.#status,
        matches.length > items.length ? `${matches.length - items.length} more. Refine your search.` : '',
      );
  }
}
