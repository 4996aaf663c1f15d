/** Starts the page and follows its URL. */
import './font/inter.css';
import './style/tokens.css';
import './style/base.css';
import './style/controls.css';
import './app/header.css';
import './app/more-menu.css';
import './app/phone-tabs.css';
import './app/app.css';
import './board/board.css';
import './tile/tile.css';
import './tile/spark.css';
import './tile/foot.css';
import './style/print.css';
import './style/forced-colours.css';
import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import { Page } from './app/app.js';
import { type PageView, parsePageUrl, toFragment } from './app/page-url.js';
import { registerWorker } from './app/register-worker.js';
import { askBeforeLeaving } from './app/unsaved-work.js';
import { SessionToken } from './auth/session-token.js';
import { direction, useLocale, words } from './words/locale.js';

/** Base URL of the service: the directory of the page. */
const base = new URL('.', document.baseURI);
const session = new SessionToken(base);
const view = signal<PageView>(parsePageUrl(location));
/** Another page begins with another number: with another dashboard, filter or token. */
const edition = signal(0);

/**
 * Writes what the viewer has chosen to the URL. Theme, range and period last from board to board. The fragment takes
 * the place of the query, which would bring back what the viewer has left, such as a wall.
 */
function setView(change: Partial<PageView>): void {
  view.value = { ...view.peek(), ...change };
  history.replaceState(null, '', `${location.pathname}${toFragment(view.peek())}`);
}

function restart(): void {
  edition.value += 1;
}

addEventListener('hashchange', () => {
  // The address of the unsaved work comes back as a new entry, from which the way back leads where the viewer wanted.
  if (askBeforeLeaving(() => history.back())) history.pushState(null, '', toFragment(view.peek()));
  else view.value = parsePageUrl(location);
});
/** Shows the page from the time that its texts are loaded; in English if they cannot be loaded. */
const isReady = signal(false);
effect(() => void useLocale(view.value.locale).then(() => (isReady.value = true)));
effect(() => {
  const { theme } = view.value;
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = theme;
  root.lang = words.value.language;
  root.dir = direction.value;
});
effect(() => {
  if (!isReady.value) return;
  const { dashboard, counters } = view.value;
  const key = `${dashboard} ${counters.join()} ${edition.value}`;
  const page = <Page key={key} base={base} view={view} setView={setView} session={session} onRestart={restart} />;
  render(page, document.body);
});
void registerWorker(base);
