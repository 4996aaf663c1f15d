/** The custom element `<live-board>`: the tiles of a dashboard, live in any page. */
import { setAttributes } from './element.js';
import { findLocale, findServer } from './server-address.js';

declare global {
  interface HTMLElementTagNameMap {
    'live-board': LiveBoard;
  }
}

/** URL of this script, which has the same base as the service. */
const SCRIPT_URL = import.meta.url;

/**
 * Attributes: `dashboard` (default: `main`), `counters` (names of counters and measures, separated by commas; default:
 * all), `server` or `src` (base URL of the service; default: that of the script), `theme` (`light` or `dark`; default:
 * the system's), `locale` (default: the page's language). It has no controls, and no token: it shows what everybody may
 * see, or what the tickets of the property `ticket` give.
 */
export class LiveBoard extends HTMLElement {
  static readonly observedAttributes = ['counters', 'dashboard', 'lang', 'locale', 'server', 'src', 'theme'];

  #ticket: (() => string | Promise<string>) | undefined;
  #unmount: (() => void) | undefined;
  /** Counts the mounts: what is loaded for an earlier one is dropped. */
  #edition = 0;

  constructor() {
    super();
    this.attachShadow({ mode: 'open' });
  }

  /** Returns a ticket of the service for this dashboard. It is called for each request and each connection. */
  get ticket(): (() => string | Promise<string>) | undefined {
    return this.#ticket;
  }

  set ticket(ticket: (() => string | Promise<string>) | undefined) {
    this.#ticket = ticket;
    if (this.isConnected) void this.#mount();
  }

  connectedCallback(): void {
    void this.#mount();
  }

  disconnectedCallback(): void {
    this.#edition += 1;
    this.#unmount?.();
    this.#unmount = undefined;
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (this.isConnected && before !== after) void this.#mount();
  }

  async #mount(): Promise<void> {
    this.#edition += 1;
    const edition = this.#edition;
    const server = findServer(this, SCRIPT_URL);
    if (!server) {
      // oxlint-disable-next-line eslint/no-console -- the author of the embedding page looks there
      console.error('<live-board>: invalid service URL: set the attribute server', this);
      return;
    }
    const { mountBoard } = await import('./embedded-board.js');
    const { shadowRoot } = this;
    if (edition !== this.#edition || !shadowRoot) return;
    this.#unmount?.();
    const counters = (this.getAttribute('counters') ?? '').split(',').map((name) => name.trim());
    const theme = this.getAttribute('theme');
    setAttributes(this, { 'data-theme': theme === 'light' || theme === 'dark' ? theme : undefined });
    this.#unmount = mountBoard(shadowRoot, {
      base: server,
      dashboard: this.getAttribute('dashboard') || 'main',
      counters: counters.filter((name) => name !== ''),
      locale: findLocale(this) ?? '',
      ...(this.#ticket && { ticket: this.#ticket }),
      onState: (state) => setAttributes(this, { state }),
    });
  }
}

// A page may load the script more than once, from several services.
if (!customElements.get('live-board')) customElements.define('live-board', LiveBoard);
