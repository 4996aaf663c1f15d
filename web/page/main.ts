/** Starts the page and follows its URL. */
import 'uplot/dist/uPlot.min.css';
import './page.css';
import { toFragment, parsePageUrl, type PageView } from './page-url.js';
import { LivePage } from './page.js';
import { registerWorker } from './register-worker.js';
import { SessionToken } from '../auth/session-token.js';

/** Base URL of the service: the directory of the page. */
const base = new URL('.', document.baseURI);
const root = document.body;
const session = new SessionToken(base);
const darkScheme = matchMedia('(prefers-color-scheme: dark)');
let view: PageView | undefined;
let page: LivePage | undefined;

/** Writes the settings that the viewer changed on the page to the URL. */
function saveView(chosen: PageView): void {
  view = chosen;
  history.replaceState(null, '', toFragment(chosen));
}

/** Rebuilds the page with the current token. */
function restart(): void {
  view = undefined;
  showPage();
  page?.focus();
}

function showPage(): void {
  const next = parsePageUrl(location);
  document.documentElement.dataset['theme'] =
    next.theme === 'system' ? (darkScheme.matches ? 'dark' : 'light') : next.theme;
  // The page stays if only the theme differs, or if the change came from the page itself.
  const isSame = JSON.stringify({ ...next, theme: '' }) === JSON.stringify({ ...view, theme: '' });
  const isEnded = page?.isEnded === true;
  if (page && isSame && !isEnded) {
    page.applyTheme(next);
  } else {
    page?.close();
    page = new LivePage(root, base, next, session, saveView, restart);
  }
  view = next;
}

void registerWorker(base);
addEventListener('hashchange', showPage);
darkScheme.addEventListener('change', showPage);
showPage();
