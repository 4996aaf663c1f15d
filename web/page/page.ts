/** The page of one dashboard: puts its parts together, and shows on each what they are told. */
import { isOfToken } from '../../src/client/errors.js';
import type { Problem, WatchStatus } from '../../src/client/client.js';
import { fragmentOf, type View } from './page-url.js';
import { Announcer } from './live-region.js';
import { Board } from './board.js';
import { ChartPanel } from '../chart/chart-panel.js';
import { DashboardsNav } from './dashboards-nav.js';
import { Door } from '../auth/auth-prompt.js';
import { element, setAttributes, setText } from './element.js';
import { firstCommand, firstCount } from './empty-state.js';
import { keepAwake } from './wake-lock.js';
import { LiveDashboard } from '../data/live-dashboard.js';
import { notFound } from './not-found.js';
import { Notice } from './notice.js';
import { asWhole } from './formatting.js';
import type { Session } from '../auth/session-token.js';
import { reasonOf, textOf } from './status-text.js';

/** How often what only time changes is shown anew, milliseconds. */
const TICK_MS = 1_000;

export class Page {
  readonly #dashboard: LiveDashboard;
  readonly #board: Board;
  readonly #chart: ChartPanel;
  readonly #nav: DashboardsNav;
  readonly #door: Door;
  readonly #notice = new Notice();
  readonly #announcer = new Announcer();
  readonly #title = element('h1', { tabindex: -1 });
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

  /**
   * @param onView is told what the viewer has chosen
   * @param onPassed is told that the viewer has another token, or none any more: the page is of no more use
   */
  constructor(
    private readonly root: HTMLElement,
    private readonly base: URL,
    private view: View,
    private readonly session: Session,
    onView: (view: View) => void,
    onPassed: () => void,
  ) {
    const { access } = session;
    this.#door = new Door(base, view.dashboard, session, onPassed);
    this.#dashboard = new LiveDashboard(base, view.dashboard, view.counters, access, {
      numbers: (changed) => this.#note(changed),
      all: () => this.#noteAll(),
      status: () => this.#showStatus(),
    });
    this.#board = new Board(this.#dashboard, (text, problem) => this.#refused(text, problem));
    this.#chart = new ChartPanel(this.#dashboard, view, (choice) => onView((this.view = { ...this.view, ...choice })));
    this.#nav = new DashboardsNav(base, access, () => this.view);
    this.#footer = footer(view, session);
    this.#content.append(this.#door.place, this.#board.root, this.#board.reason, this.#chart.root);
    const controls = element('div', { class: 'controls' }, this.#door.signOut, this.#nav.root);
    root.replaceChildren(
      element('header', { class: 'top' }, this.#title, this.#state, this.#reason, controls),
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
    const next = footer(view, this.session);
    this.#footer.replaceWith(next);
    this.#footer = next;
    this.#noteAll();
  }

  /** Takes the focus, where what had it is gone. */
  focus(): void {
    this.#title.focus();
  }

  close(): void {
    clearInterval(this.#ticking);
    cancelAnimationFrame(this.#frame);
    this.#sleep?.();
    this.#nav.close();
    this.#door.close();
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
      this.#first = firstCount(
        firstCommand(this.base, this.#dashboard.name, counter, this.session.token !== undefined),
      );
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
    this.#announcer.status(state === 'closed' ? textOf(status, 0) : state);
    document.title = `${state === 'live' ? '' : `${state} · `}${this.#title.textContent} · Tallyboard`;
    if (status.state === 'closed') this.#end(status);
  }

  /** Says why watching is over. What was seen last stays, unless it is not to be seen any more. */
  #end(status: Extract<WatchStatus, { state: 'closed' }>): void {
    const { problem, code } = status;
    const hasNumbers = this.#dashboard.snapshot !== undefined;
    if (isOfToken(problem, code)) this.#door.askToWatch(!hasNumbers);
    else if (!this.#content.querySelector('.gone')) {
      const section = notFound(this.view, status, this.base, this.session, () => this.#door.askForAnother());
      this.#content.prepend(section);
    }
    const isHidden = !hasNumbers || problem?.status === 404 || problem?.status === 403;
    for (const part of [this.#board, this.#chart]) part.root.hidden = isHidden;
  }

  #refused(text: string, problem?: Problem): void {
    if (isOfToken(problem)) this.#door.askToChange();
    else this.#notice.say(text);
  }
}

function footer({ dashboard, ...view }: View, { token }: Session): HTMLElement {
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
    // Where a link leads, no token goes.
    ...(token === undefined ? [element('a', { href: `./dashboards/${encodeURIComponent(dashboard)}` }, 'JSON')] : []),
  );
}
