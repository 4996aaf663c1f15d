/** `<live-counter>`: one counter of a dashboard, live in any page. */
import type { WatchStatus } from '../../src/client/client.js';
import { element, setAttributes, setText } from '../page/element.js';
import { Announcement } from './announcement.js';
import { wordsFor } from './freshness.js';
import { counterSheet } from './live-counter-styles.js';
import { type CounterView, watchCounter } from './shared-watch.js';

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
const HERE = import.meta.url;
/** Shown as long as there is no number, and no text inside the element either. */
const NO_VALUE = '–';
/** By locale. Making one costs more than all else that a new value does. */
const formats = new Map<string | undefined, Intl.NumberFormat>();
/** Attributes that say which number is shown. The others say how. */
const WHICH: ReadonlySet<string> = new Set(['counter', 'dashboard', 'server', 'src']);

/**
 * Attributes: `counter` (required), `dashboard` (`main`), `server` or `src` (base URL of the service; that of the script), `label`
 * (the counter's name; empty for none), `locale` (the language of the page), `announce` (tells changes to screen readers).
 * `state` is set by the element: how fresh the number is. Text inside the element is shown until there is a number.
 * @fires change - CustomEvent of a CounterChange, when another value is shown. It does not bubble
 */
export class LiveCounter extends HTMLElement {
  static readonly observedAttributes = [...WHICH, 'announce', 'label', 'lang', 'locale'];

  readonly #slot = element('slot', {}, NO_VALUE);
  readonly #label = element('span', { part: 'label' });
  readonly #value = element('span', { part: 'value' }, this.#slot);
  readonly #state = element('span', { part: 'state' });
  readonly #counter = element('span', { class: 'counter' }, this.#label, this.#value, this.#state);
  #announcement: Announcement | undefined;
  #leave: (() => void) | undefined;
  #shown: CounterChange | undefined;
  #status: WatchStatus = { state: 'connecting' };
  /** When the status changed last. */
  #since = Date.now();
  /** The last fault that was told on the console. */
  #told: string | undefined;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [counterSheet()];
    this.#value.addEventListener('animationend', () => this.#value.classList.remove('changed'));
    root.append(this.#counter);
  }

  /** The value that is shown; undefined before there is one. */
  get value(): number | undefined {
    return this.#shown?.value;
  }

  connectedCallback(): void {
    this.#join();
  }

  disconnectedCallback(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.#announcement?.stop();
    this.#announcement = undefined;
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return;
    if (WHICH.has(name)) this.#join();
    else this.#draw();
  }

  /** Begins to watch what the attributes name. */
  #join(): void {
    this.#leave?.();
    this.#leave = this.#told = undefined;
    const counter = this.getAttribute('counter');
    const address = this.getAttribute('server') ?? this.getAttribute('src');
    const server = address === null ? baseOf('.', HERE) : baseOf(address, document.baseURI);
    if (!counter) this.#fail('the attribute counter is missing');
    else if (!server) this.#fail(`${address ?? HERE} is not the address of a service: set the attribute server`);
    else {
      const dashboard = this.getAttribute('dashboard') || 'main';
      this.#leave = watchCounter(server, dashboard, counter, (view) => this.#show(view));
    }
  }

  #fail(reason: string): void {
    this.#show({ status: { state: 'closed', reason } });
  }

  #show({ status, shown }: CounterView): void {
    if (status.state !== this.#status.state) this.#since = Date.now();
    this.#status = status;
    const before = this.#shown;
    if (shown?.value !== before?.value) this.#shown = shown;
    this.#draw();
    if (status.state === 'closed' && status.reason !== this.#told) {
      this.#told = status.reason;
      // oxlint-disable-next-line eslint/no-console -- whoever put the element into a page looks there
      console.error(`<live-counter>: ${status.reason}`, this);
    }
    if (!this.#shown || this.#shown === before) return;
    if (before) this.#value.classList.add('changed');
    this.dispatchEvent(new CustomEvent<CounterChange>('change', { detail: this.#shown }));
  }

  #draw(): void {
    const locale = this.#locale();
    const label = this.getAttribute('label') ?? this.getAttribute('counter') ?? '';
    const words = wordsFor(this.#status, this.#since, locale);
    setText(this.#label, label);
    if (this.#shown) setText(this.#value, formatFor(locale).format(this.#shown.value));
    else if (!this.#slot.isConnected) this.#value.replaceChildren(this.#slot);
    setAttributes(this, { state: this.#status.state });
    setAttributes(this.#counter, { title: words || undefined });
    // A picture with words for who does not see it, and none when there is nothing to say.
    setAttributes(this.#state, { role: words ? 'img' : undefined, 'aria-label': words || undefined });
    this.#announce(label, words);
  }

  #announce(label: string, words: string): void {
    if (!this.hasAttribute('announce')) {
      this.#announcement?.stop();
      this.#announcement = undefined;
      return;
    }
    if (!this.#announcement) {
      this.#announcement = new Announcement();
      this.shadowRoot?.append(this.#announcement.element);
    }
    if (this.#shown) this.#announcement.say([label, this.#value.textContent, words].filter(Boolean).join(' '));
  }

  /** The language of the place that the element is in; that of the browser when it is none. */
  #locale(): string | undefined {
    const wanted = this.getAttribute('locale') ?? this.closest('[lang]')?.getAttribute('lang');
    try {
      return wanted ? Intl.getCanonicalLocales(wanted)[0] : undefined;
    } catch {
      return undefined;
    }
  }
}

function formatFor(locale: string | undefined): Intl.NumberFormat {
  const format = formats.get(locale) ?? new Intl.NumberFormat(locale);
  formats.set(locale, format);
  return format;
}

/** The address of a service; undefined when it is none. */
function baseOf(address: string, base: string): URL | undefined {
  try {
    const url = new URL(address, base);
    return /^https?:$/.test(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

// The script may be on a page more than once, from more than one service.
if (!customElements.get('live-counter')) customElements.define('live-counter', LiveCounter);
