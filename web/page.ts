/** The page of one dashboard: puts its parts together, and shows on each what they are told. */
import type { WatchStatus } from '../src/client/client.js';
import { fragmentOf, type View } from './address.js';
import { Announcer } from './announcer.js';
import { Board } from './board.js';
import { ChartPanel } from './chart.panel.js';
import { DashboardsNav } from './dashboards.nav.js';
import { element, setAttributes, setText } from './element.js';
import { firstCommand, firstCount } from './first.count.js';
import { keepAwake } from './kiosk.js';
import { LiveDashboard } from './live.dashboard.js';
import { notFound } from './not.found.js';
import { Notice } from './notice.js';
import { asWhole } from './numbers.js';
import { reasonOf, textOf } from './status.text.js';

/** How often what only time changes is shown anew, milliseconds. */
const TICK_MS = 1_000;

export class Page {
  readonly #dashboard: LiveDashboard;
  readonly #board: Board;
  readonly #chart: ChartPanel;
  readonly #nav: DashboardsNav;
  readonly #notice = new Notice();
  readonly #announcer = new Announcer();
  readonly #title = element('h1');
  readonly #state = element('span', { class: 'state', 'aria-hidden': 'true' });
  readonly #reason = element('span', { class: 'reason', 'aria-hidden': 'true' });
  readonly #content = element('main');
  readonly #ticking: ReturnType<typeof setInterval>;
  readonly #sleep: (() => void) | undefined;
  #footer: HTMLElement;
  #first: HTMLElement | undefined;
  #changed = new Set<string>();
  #everything = false;
  #frame = 0;

  /** @param onView is told what the viewer has chosen */
  constructor(
    private readonly root: HTMLElement,
    private readonly base: URL,
    private view: View,
    onView: (view: View) => void,
  ) {
    this.#dashboard = new LiveDashboard(base, view.dashboard, view.counters, {
      numbers: (changed) => this.#note(changed),
      all: () => this.#noteAll(),
      status: () => this.#showStatus(),
    });
    this.#board = new Board(this.#dashboard, (text) => this.#notice.say(text));
    this.#chart = new ChartPanel(this.#dashboard, view, (choice) => onView((this.view = { ...this.view, ...choice })));
    this.#nav = new DashboardsNav(base, () => this.view);
    this.#footer = footer(view);
    this.#content.append(this.#board.root, this.#chart.root);
    root.replaceChildren(
      element('header', { class: 'top' }, this.#title, this.#state, this.#reason, this.#nav.root),
      this.#content,
      this.#footer,
      this.#notice.root,
      ...this.#announcer.nodes,
    );
    setAttributes(document.documentElement, { 'data-kiosk': view.kiosk });
    this.#sleep = view.kiosk ? keepAwake() : undefined;
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    setText(this.#title, view.dashboard);
    this.#showStatus();
  }

  /** Whether watching is over, and only another attempt helps. */
  get isEnded(): boolean {
    return this.#dashboard.status.state === 'closed';
  }

  /** Colours are others. */
  recolour(view: View): void {
    this.view = view;
    const next = footer(view);
    this.#footer.replaceWith(next);
    this.#footer = next;
    this.#noteAll();
  }

  close(): void {
    clearInterval(this.#ticking);
    cancelAnimationFrame(this.#frame);
    this.#sleep?.();
    this.#nav.close();
    this.#board.close();
    this.#chart.close();
    this.#dashboard.close();
  }

  #note(changed: readonly string[]): void {
    for (const counter of changed) this.#changed.add(counter);
    this.#announcer.changed(changed);
    this.#draw();
  }

  #noteAll(): void {
    this.#everything = true;
    this.#draw();
  }

  /** Shows what is new with the next picture of the screen: however many frames come, it is drawn once. */
  #draw(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#everything) this.#showAll();
      else this.#board.showNumbers([...this.#changed]);
      this.#chart.refresh();
      this.#everything = false;
      this.#changed = new Set();
      if (this.#first) this.#showFirst();
    });
  }

  #showAll(): void {
    setText(this.#title, this.#dashboard.title);
    this.#board.showAll();
    this.#chart.showAll();
    this.#showFirst();
    this.#showStatus();
  }

  #showFirst(): void {
    const { snapshot, counters } = this.#dashboard;
    const [counter] = counters;
    const isFirst =
      counter !== undefined && Object.values(snapshot?.added ?? { unknown: 1 }).every((total) => total === 0);
    if (isFirst && !this.#first) {
      this.#first = firstCount(firstCommand(this.base, this.#dashboard.name, counter));
      this.#board.root.before(this.#first);
    } else if (!isFirst && this.#first) {
      this.#first.remove();
      this.#first = undefined;
    }
  }

  #tick(): void {
    this.#dashboard.past.advance();
    this.#showStatus();
    if (document.hidden) return;
    this.#board.showPast();
    this.#chart.refresh();
    const { snapshot } = this.#dashboard;
    this.#announcer.tick(
      (counter) => `${this.#dashboard.titleOf(counter)} ${asWhole(snapshot?.counters[counter] ?? 0)}`,
    );
  }

  #showStatus(): void {
    // The first status is told while the dashboard is being made.
    const status: WatchStatus = this.#dashboard?.status ?? { state: 'connecting' };
    const { state } = status;
    setText(this.#state, textOf(status, Date.now()));
    setText(this.#reason, reasonOf(status, Date.now()));
    setAttributes(this.#state, { 'data-state': state });
    setAttributes(this.root, { 'data-live': state === 'live' ? 'yes' : 'no' });
    this.#announcer.status(state);
    document.title = `${state === 'live' ? '' : `${state} · `}${this.#title.textContent} · Tallyboard`;
    if (status.state !== 'closed' || this.#content.querySelector('.gone')) return;
    this.#content.prepend(notFound(this.view, status));
    if (status.problem?.status === 404) for (const part of [this.#board, this.#chart]) part.root.hidden = true;
  }
}

function footer({ dashboard, ...view }: View): HTMLElement {
  const themes = (['system', 'light', 'dark'] as const).map((theme) =>
    element(
      'a',
      { href: fragmentOf({ ...view, dashboard, theme }), 'aria-current': theme === view.theme && 'true' },
      theme,
    ),
  );
  return element(
    'footer',
    {},
    element('span', { class: 'themes' }, ...themes),
    element('a', { href: './docs/' }, 'API'),
    element('a', { href: `./dashboards/${encodeURIComponent(dashboard)}` }, 'JSON'),
  );
}
