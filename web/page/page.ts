/** The page of one dashboard: creates its parts and passes updates to them. */
import { isAuthError } from '../../src/client/errors.js';
import type { ServerProblem, WatchStatus } from '../../src/client/client.js';
import { toFragment, type PageView } from './page-url.js';
import { LiveRegion } from './live-region.js';
import { Board } from './board.js';
import { readBrand } from './brand.js';
import { ChartPanel } from '../chart/chart-panel.js';
import { DashboardsNav } from './dashboards-nav.js';
import { AuthPrompt } from '../auth/auth-prompt.js';
import { createElement, setAttributes, setText } from './element.js';
import { buildFirstCommand, createEmptyState } from './empty-state.js';
import { keepScreenAwake } from './wake-lock.js';
import { LiveDashboard } from '../data/live-dashboard.js';
import { createNotFoundSection } from './not-found.js';
import { Notice } from './notice.js';
import type { SessionToken } from '../auth/session-token.js';
import { explainStatus, formatStatus } from './status-text.js';

/** Interval at which parts that depend on the time are updated, milliseconds. */
const TICK_INTERVAL_MS = 1_000;

const THEMES = [
  ['system', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;

export class LivePage {
  readonly #dashboard: LiveDashboard;
  readonly #board: Board;
  readonly #chart: ChartPanel;
  readonly #nav: DashboardsNav;
  readonly #authPrompt: AuthPrompt;
  readonly #brand = readBrand(document);
  readonly #notice = new Notice();
  readonly #liveRegion = new LiveRegion();
  readonly #title = createElement('h1', { tabindex: -1 });
  readonly #statusText = createElement('span', { class: 'state', 'aria-hidden': 'true' });
  readonly #statusReason = createElement('span', { class: 'reason', 'aria-hidden': 'true' });
  readonly #content = createElement('main');
  readonly #tickTimer: ReturnType<typeof setInterval>;
  readonly #releaseWakeLock: (() => void) | undefined;
  #footer: HTMLElement;
  #emptyState: HTMLElement | undefined;
  #changedCounters = new Set<string>();
  #needsFullRefresh = false;
  #frameRequest = 0;

  /**
   * @param onView called when the viewer changes settings on the page
   * @param onTokenChange called when the page must be rebuilt with another token, or without one
   */
  constructor(
    private readonly root: HTMLElement,
    private readonly base: URL,
    private view: PageView,
    private readonly session: SessionToken,
    onView: (view: PageView) => void,
    onTokenChange: () => void,
  ) {
    const { tokenOptions } = session;
    this.#authPrompt = new AuthPrompt(base, view.dashboard, session, onTokenChange);
    this.#dashboard = new LiveDashboard(base, view.dashboard, view.counters, tokenOptions, {
      onValues: (changed) => this.#onValues(changed),
      onRefresh: () => this.#requestFullRefresh(),
      onStatus: () => this.#showStatus(),
    });
    this.#board = new Board(this.#dashboard, (text, problem) => this.#onChangeFailed(text, problem));
    this.#chart = new ChartPanel(this.#dashboard, view, (choice) => onView((this.view = { ...this.view, ...choice })));
    this.#nav = new DashboardsNav(base, tokenOptions, () => this.view);
    this.#footer = createFooter(view, session);
    this.#content.append(this.#authPrompt.root, this.#board.root, this.#board.changeNotice, this.#chart.root);
    const controls = createElement('div', { class: 'controls' }, this.#authPrompt.signOutButton, this.#nav.root);
    root.replaceChildren(
      createElement('header', { class: 'top' }, this.#title, this.#statusText, this.#statusReason, controls),
      this.#content,
      this.#footer,
      this.#notice.root,
      ...this.#liveRegion.nodes,
    );
    setAttributes(document.documentElement, { 'data-kiosk': view.kiosk });
    this.#releaseWakeLock = view.kiosk ? keepScreenAwake() : undefined;
    this.#tickTimer = setInterval(() => this.#tick(), TICK_INTERVAL_MS);
    setText(this.#title, view.dashboard);
    this.#showStatus();
  }

  /** True if watching has ended, so that only a new page can help. */
  get isEnded(): boolean {
    return this.#dashboard.status.state === 'closed';
  }

  applyTheme(view: PageView): void {
    this.view = view;
    const next = createFooter(view, this.session);
    this.#footer.replaceWith(next);
    this.#footer = next;
    this.#requestFullRefresh();
  }

  /** Focuses the title, since the element that had the focus may be gone. */
  focus(): void {
    this.#title.focus();
  }

  close(): void {
    clearInterval(this.#tickTimer);
    cancelAnimationFrame(this.#frameRequest);
    this.#releaseWakeLock?.();
    this.#nav.close();
    this.#authPrompt.close();
    this.#board.close();
    this.#chart.close();
    this.#dashboard.close();
  }

  #onValues(changed: readonly string[]): void {
    for (const counter of changed) this.#changedCounters.add(counter);
    this.#liveRegion.addChanged(changed);
    this.#requestFrame();
  }

  #requestFullRefresh(): void {
    this.#needsFullRefresh = true;
    this.#requestFrame();
  }

  /** Updates the page in the next animation frame, once for any number of snapshots. */
  #requestFrame(): void {
    this.#frameRequest ||= requestAnimationFrame(() => {
      this.#frameRequest = 0;
      if (this.#needsFullRefresh) this.#showAll();
      else this.#board.showValues([...this.#changedCounters]);
      this.#chart.refresh();
      this.#needsFullRefresh = false;
      this.#changedCounters = new Set();
      if (this.#emptyState) this.#showEmptyState();
    });
  }

  #showAll(): void {
    setText(this.#title, this.#dashboard.title);
    this.#board.showAll();
    this.#chart.showAll();
    this.#showEmptyState();
    this.#showStatus();
  }

  #showEmptyState(): void {
    const { snapshot, counters } = this.#dashboard;
    const [counter] = counters;
    const isFirst =
      counter !== undefined &&
      // Gauges have no totals.
      Object.values({ ...snapshot?.counters, ...snapshot?.added }).every((number) => number === 0);
    if (isFirst && !this.#emptyState) {
      this.#emptyState = createEmptyState(
        buildFirstCommand(this.base, this.#dashboard.name, counter, this.session.token !== undefined),
      );
      this.#board.root.before(this.#emptyState);
    } else if (!isFirst && this.#emptyState) {
      this.#emptyState.remove();
      this.#emptyState = undefined;
    }
  }

  #tick(): void {
    this.#dashboard.history.advance();
    this.#showStatus();
    if (document.hidden) return;
    this.#board.showHistory();
    this.#chart.refresh();
    this.#liveRegion.announceChanged((name) => this.#board.describe(name));
  }

  #showStatus(): void {
    // The first status arrives while the dashboard is being constructed.
    const status: WatchStatus = this.#dashboard?.status ?? { state: 'connecting' };
    const { state } = status;
    setText(this.#statusText, formatStatus(status, Date.now()));
    setText(this.#statusReason, explainStatus(status, Date.now()));
    setAttributes(this.#statusText, { 'data-state': state });
    setAttributes(this.root, { 'data-live': state === 'live' ? 'yes' : 'no' });
    this.#liveRegion.announceStatus(state === 'closed' ? formatStatus(status, 0) : state);
    document.title = `${state === 'live' ? '' : `${state} · `}${this.#title.textContent} · ${this.#brand.name}`;
    if (status.state === 'closed') this.#showEnd(status);
  }

  /** Shows why watching has ended. The last values stay visible unless the viewer may not see them any more. */
  #showEnd(status: Extract<WatchStatus, { state: 'closed' }>): void {
    const { problem, code } = status;
    const hasNumbers = this.#dashboard.snapshot !== undefined;
    if (isAuthError(problem, code)) this.#authPrompt.promptToWatch(!hasNumbers);
    else if (!this.#content.querySelector('.not-found')) {
      const section = createNotFoundSection(this.view, status, this.base, this.session, () =>
        this.#authPrompt.promptForOtherToken(),
      );
      this.#content.prepend(section);
    }
    const isHidden = !hasNumbers || problem?.status === 404 || problem?.status === 403;
    for (const part of [this.#board, this.#chart]) part.root.hidden = isHidden;
  }

  #onChangeFailed(text: string, problem?: ServerProblem): void {
    if (isAuthError(problem)) this.#authPrompt.promptToChange();
    else this.#notice.show(text);
  }
}

function createFooter({ dashboard, ...view }: PageView, { token }: SessionToken): HTMLElement {
  const themes = THEMES.map(([theme, label]) =>
    createElement(
      'a',
      { href: toFragment({ ...view, dashboard, theme }), 'aria-current': theme === view.theme && 'true' },
      label,
    ),
  );
  return createElement(
    'footer',
    {},
    createElement('span', { class: 'themes' }, ...themes),
    createElement('a', { href: './docs/' }, 'API'),
    // Browsers send no token when they follow a link.
    ...(token === undefined
      ? [createElement('a', { href: `./dashboards/${encodeURIComponent(dashboard)}` }, 'JSON')]
      : []),
  );
}
