/** `<live-counter>`: one counter of a dashboard, live in any page. */
import type { WatchStatus } from '../../src/client/client.js';
import { createElement, setAttributes, setText } from '../page/element.js';
import { Announcement } from './announcement.js';
import { describeFreshness } from './freshness.js';
import { getCounterStyles } from './live-counter-styles.js';
import { type WatchedCounter, watchCounter } from './shared-watch.js';

declare global {
  interface HTMLElementTagNameMap {
    'live-counter': LiveCounter;
  }
}

/** What `change` tells: the value, and the change set that made it. */
export interface CounterChange {
  readonly value: number;
  readonly revision: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** The address that this script was loaded from: the service has the same base. */
const SCRIPT_URL = import.meta.url;
/** Shown as long as there is no number, and no text inside the element either. */
const NO_VALUE = '–';
/** By locale. Making one costs more than all else that a new value does. */
const numberFormats = new Map<string | undefined, Intl.NumberFormat>();
/** Attributes that say which number is shown. The others say how. */
const SOURCE_ATTRIBUTES: ReadonlySet<string> = new Set(['counter', 'dashboard', 'server', 'src']);

/**
 * Attributes: `counter` (required), `dashboard` (`main`), `server` or `src` (base URL of the service; that of the script), `label`
 * (the counter's name; empty for none), `locale` (the language of the page), `announce` (tells changes to screen readers).
 * `state` is set by the element: how fresh the number is. Text inside the element is shown until there is a number.
 * @fires change - CustomEvent of a CounterChange, when another value is shown. It does not bubble
 */
export class LiveCounter extends HTMLElement {
  static readonly observedAttributes = [...SOURCE_ATTRIBUTES, 'announce', 'label', 'lang', 'locale'];

  readonly #slot = createElement('slot', {}, NO_VALUE);
  readonly #label = createElement('span', { part: 'label' });
  readonly #value = createElement('span', { part: 'value' }, this.#slot);
  readonly #state = createElement('span', { part: 'state' });
  readonly #counter = createElement('span', { class: 'counter' }, this.#label, this.#value, this.#state);
  #announcement: Announcement | undefined;
  #unsubscribe: (() => void) | undefined;
  #shown: CounterChange | undefined;
  #status: WatchStatus = { state: 'connecting' };
  /** When the status changed last. */
  #statusSince = Date.now();
  /** The last fault that was told on the console. */
  #loggedReason: string | undefined;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [getCounterStyles()];
    this.#value.addEventListener('animationend', () => this.#value.classList.remove('changed'));
    root.append(this.#counter);
  }

  /** The value that is shown; undefined before there is one. */
  get value(): number | undefined {
    return this.#shown?.value;
  }

  connectedCallback(): void {
    this.#subscribe();
  }

  disconnectedCallback(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#announcement?.stop();
    this.#announcement = undefined;
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return;
    if (SOURCE_ATTRIBUTES.has(name)) this.#subscribe();
    else this.#render();
  }

  /** Begins to watch what the attributes name. */
  #subscribe(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = this.#loggedReason = undefined;
    const counter = this.getAttribute('counter');
    const address = this.getAttribute('server') ?? this.getAttribute('src');
    const server = address === null ? parseServerUrl('.', SCRIPT_URL) : parseServerUrl(address, document.baseURI);
    if (!counter) this.#fail('the attribute counter is missing');
    else if (!server) this.#fail(`${address ?? SCRIPT_URL} is not the address of a service: set the attribute server`);
    else {
      const dashboard = this.getAttribute('dashboard') || 'main';
      this.#unsubscribe = watchCounter(server, dashboard, counter, (view) => this.#update(view));
    }
  }

  #fail(reason: string): void {
    this.#update({ status: { state: 'closed', reason } });
  }

  #update({ status, latest }: WatchedCounter): void {
    if (status.state !== this.#status.state) this.#statusSince = Date.now();
    this.#status = status;
    const before = this.#shown;
    if (latest?.value !== before?.value) this.#shown = latest;
    this.#render();
    if (status.state === 'closed' && status.reason !== this.#loggedReason) {
      this.#loggedReason = status.reason;
      // oxlint-disable-next-line eslint/no-console -- whoever put the element into a page looks there
      console.error(`<live-counter>: ${status.reason}`, this);
    }
    if (!this.#shown || this.#shown === before) return;
    if (before) this.#value.classList.add('changed');
    this.dispatchEvent(new CustomEvent<CounterChange>('change', { detail: this.#shown }));
  }

  #render(): void {
    const locale = this.#findLocale();
    const label = this.getAttribute('label') ?? this.getAttribute('counter') ?? '';
    const freshness = describeFreshness(this.#status, this.#statusSince, locale);
    setText(this.#label, label);
    if (this.#shown) setText(this.#value, getNumberFormat(locale).format(this.#shown.value));
    else if (!this.#slot.isConnected) this.#value.replaceChildren(this.#slot);
    setAttributes(this, { state: this.#status.state });
    setAttributes(this.#counter, { title: freshness || undefined });
    // A picture with words for who does not see it, and none when there is nothing to say.
    setAttributes(this.#state, { role: freshness ? 'img' : undefined, 'aria-label': freshness || undefined });
    this.#announce(label, freshness);
  }

  #announce(label: string, freshness: string): void {
    if (!this.hasAttribute('announce')) {
      this.#announcement?.stop();
      this.#announcement = undefined;
      return;
    }
    if (!this.#announcement) {
      this.#announcement = new Announcement();
      this.shadowRoot?.append(this.#announcement.root);
    }
    if (this.#shown) this.#announcement.announce([label, this.#value.textContent, freshness].filter(Boolean).join(' '));
  }

  /** The language of the place that the element is in; that of the browser when it is none. */
  #findLocale(): string | undefined {
    const requested = this.getAttribute('locale') ?? this.closest('[lang]')?.getAttribute('lang');
    try {
      return requested ? Intl.getCanonicalLocales(requested)[0] : undefined;
    } catch {
      return undefined;
    }
  }
}

function getNumberFormat(locale: string | undefined): Intl.NumberFormat {
  const format = numberFormats.get(locale) ?? new Intl.NumberFormat(locale);
  numberFormats.set(locale, format);
  return format;
}

/** The address of a service; undefined when it is none. */
function parseServerUrl(address: string, base: string): URL | undefined {
  try {
    const url = new URL(address, base);
    return /^https?:$/.test(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

// The script may be on a page more than once, from more than one service.
if (!customElements.get('live-counter')) customElements.define('live-counter', LiveCounter);
