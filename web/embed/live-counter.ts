/** The custom element `<live-counter>`: shows one counter or measure of a dashboard live in any page. */
import type { WatchStatus } from '../../src/client/client.js';
import {
  formatShownNumber,
  getPresentation,
  isPeriod,
  NO_NUMBER,
  type NumberDefinitions,
  type ShownNumberOptions,
} from '../../src/measures/shown-number.js';
import { createElement, setAttributes, setText } from './element.js';
import { Announcement } from './announcement.js';
import { describeFreshness } from './freshness.js';
import { getCounterStyles } from './live-counter-styles.js';
import type { CounterSpark } from './counter-spark.js';
import { findLocale, findServer } from './server-address.js';
import { type WatchedCounter, watchCounter } from './shared-watch.js';

declare global {
  interface HTMLElementTagNameMap {
    'live-counter': LiveCounter;
  }
}

/** Detail of the `change` event: the number and the change set that produced it. */
export interface CounterChange {
  /** Smallest unit of a counter, decimals of a measure; null if there is no number. */
  readonly value: number | null;
  readonly revision: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** URL of this script, which has the same base as the service. */
const SCRIPT_URL = import.meta.url;
/** Values of the attribute `format`. */
const FORMS: readonly ShownNumberOptions['form'][] = ['full', 'whole', 'compact'];
/** Attributes that select the number. The others change its presentation. */
const SOURCE_ATTRIBUTES: ReadonlySet<string> = new Set(['counter', 'dashboard', 'period', 'server', 'src']);

/**
 * Attributes: `counter` (required, may name a measure), `period` (shows the number of the present `hour`, `day`,
 * `week`, `month` or `year`), `dashboard` (default: `main`), `server` or `src` (base URL of the service; default: that
 * of the script), `label` (default: the title of the counter; empty for none), `unit` (in place of the counter's; empty
 * for none), `format` (`full`, `whole` or `compact`), `sparkline` (draws the parts of the period, else the hours of
 * today), `locale` (default: the page's language), `announce` (announces changes to screen readers). The element sets
 * `state` to the freshness of the number. Text inside the element is shown until there is a number.
 * @fires change - CustomEvent of a CounterChange when the number changes. Does not bubble.
 */
export class LiveCounter extends HTMLElement {
  static readonly observedAttributes = [
    ...SOURCE_ATTRIBUTES,
    'announce',
    'format',
    'label',
    'lang',
    'locale',
    'sparkline',
    'unit',
  ];

  readonly #slot = createElement('slot', {}, NO_NUMBER);
  readonly #label = createElement('span', { part: 'label' });
  readonly #value = createElement('span', { part: 'value' }, this.#slot);
  readonly #state = createElement('span', { part: 'state' });
  readonly #counter = createElement('span', { class: 'counter' }, this.#label, this.#value, this.#state);
  #announcement: Announcement | undefined;
  #spark: Promise<CounterSpark> | undefined;
  #unsubscribe: (() => void) | undefined;
  #shown: CounterChange | undefined;
  #definitions: NumberDefinitions = { counters: {} };
  #status: WatchStatus = { state: 'connecting' };
  #statusSince = Date.now();
  #loggedReason: string | undefined;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [getCounterStyles()];
    this.#value.addEventListener('animationend', () => this.#value.classList.remove('changed'));
    root.append(this.#counter);
  }

  /** The shown number, as in the `change` event; undefined until it is known, and if there is none. */
  get value(): number | undefined {
    return this.#shown?.value ?? undefined;
  }

  connectedCallback(): void {
    this.#subscribe();
  }

  disconnectedCallback(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#announcement?.stop();
    this.#announcement = undefined;
    this.#removeSpark();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return;
    if (SOURCE_ATTRIBUTES.has(name)) this.#subscribe();
    else this.#render();
  }

  #subscribe(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = this.#loggedReason = undefined;
    this.#removeSpark();
    const counter = this.getAttribute('counter');
    const server = findServer(this, SCRIPT_URL);
    const period = this.getAttribute('period') || undefined;
    if (!counter) this.#fail('set the attribute counter');
    else if (period !== undefined && !isPeriod(period))
      this.#fail(`unknown period ${period}: set the attribute period to hour, day, week, month or year`);
    else if (!server)
      this.#fail(
        `invalid service URL ${this.getAttribute('server') ?? this.getAttribute('src')}: set the attribute server`,
      );
    else {
      const dashboard = this.getAttribute('dashboard') || 'main';
      this.#unsubscribe = watchCounter(server, dashboard, { counter, period }, (view) => this.#update(view));
    }
  }

  #fail(reason: string): void {
    this.#update({ status: { state: 'closed', reason } });
  }

  #update({ status, latest, definitions }: WatchedCounter): void {
    if (status.state !== this.#status.state) this.#statusSince = Date.now();
    this.#status = status;
    const before = this.#shown;
    if (latest?.value !== before?.value) this.#shown = latest;
    if (definitions) this.#definitions = definitions;
    this.#render();
    if (status.state === 'closed' && status.reason !== this.#loggedReason) {
      this.#loggedReason = status.reason;
      // oxlint-disable-next-line eslint/no-console -- the author of the embedding page looks there
      console.error(`<live-counter>: ${status.reason}`, this);
    }
    if (!this.#shown || this.#shown === before) return;
    if (before) this.#value.classList.add('changed');
    this.dispatchEvent(new CustomEvent<CounterChange>('change', { detail: this.#shown }));
  }

  #render(): void {
    const locale = findLocale(this);
    const counter = this.getAttribute('counter') ?? '';
    const label = this.getAttribute('label') ?? getPresentation(this.#definitions, counter).title ?? counter;
    const freshness = describeFreshness(this.#status, this.#statusSince, locale);
    setText(this.#label, label);
    if (this.#shown) setText(this.#value, this.#format(counter, this.#shown.value, locale));
    else if (!this.#slot.isConnected) this.#value.replaceChildren(this.#slot);
    setAttributes(this, { state: this.#status.state });
    setAttributes(this.#counter, { title: freshness || undefined });
    // An image with a text alternative, and no role at all if the number is live.
    setAttributes(this.#state, { role: freshness ? 'img' : undefined, 'aria-label': freshness || undefined });
    this.#announce(label, freshness);
    this.#showSpark();
  }

  /** Writes a number in the form and with the unit that the attributes ask for. */
  #format(counter: string, value: number | null, locale: string | undefined): string {
    const form = FORMS.find((known) => known === this.getAttribute('format')) ?? 'full';
    const unit = this.getAttribute('unit');
    const isBare = unit !== null;
    const options = { form, withoutUnit: isBare, withoutCurrency: isBare };
    const text = formatShownNumber(this.#definitions, counter, value, locale, options);
    return unit ? `${text}\u00a0${unit}` : text;
  }

  /** Loads the code of sparklines when the first one is asked for. */
  #showSpark(): void {
    const server = findServer(this, SCRIPT_URL);
    if (!this.hasAttribute('sparkline') || !this.#shown || !server) {
      if (!this.hasAttribute('sparkline')) this.#removeSpark();
      return;
    }
    this.#spark ??= import('./counter-spark.js').then(({ createCounterSpark }) => {
      const period = this.getAttribute('period') ?? 'day';
      const spark = createCounterSpark(server, {
        dashboard: this.getAttribute('dashboard') || 'main',
        counter: this.getAttribute('counter') ?? '',
        period: isPeriod(period) ? period : 'day',
      });
      if (this.#spark) this.#state.before(spark.root);
      else spark.close();
      return spark;
    });
  }

  #removeSpark(): void {
    void this.#spark?.then((spark) => spark.close());
    this.#spark = undefined;
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
}

// A page may load the script more than once, from several services.
if (!customElements.get('live-counter')) customElements.define('live-counter', LiveCounter);
