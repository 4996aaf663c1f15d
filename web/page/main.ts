/** Starts the page, and follows its address. */
import 'uplot/dist/uPlot.min.css';
import './page.css';
import { toFragment, parsePageUrl, type PageView } from './page-url.js';
import { LivePage } from './page.js';
import { SessionToken } from '../auth/session-token.js';

/** The service that the page came from: it lies at the page's own directory, whatever path that is. */
const base = new URL('.', document.baseURI);
const root = document.body;
const session = new SessionToken(base);
const darkScheme = matchMedia('(prefers-color-scheme: dark)');
let view: PageView | undefined;
let page: LivePage | undefined;

/** Follows what the viewer has chosen on the page itself. */
function saveView(chosen: PageView): void {
  view = chosen;
  history.replaceState(null, '', toFragment(chosen));
}

/** Shows all anew, with the token that there is now. */
function restart(): void {
  view = undefined;
  showPage();
  page?.focus();
}

function showPage(): void {
  const next = parsePageUrl(location);
  document.documentElement.dataset['theme'] =
    next.theme === 'system' ? (darkScheme.matches ? 'dark' : 'light') : next.theme;
  // Chosen on the page itself, but for the colours: what is there stays.
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

addEventListener('hashchange', showPage);
darkScheme.addEventListener('change', showPage);
showPage();
