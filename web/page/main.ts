/** Starts the page, and follows its address. */
import 'uplot/dist/uPlot.min.css';
import './page.css';
import { fragmentOf, readAddress, type View } from './page-url.js';
import { Page } from './page.js';
import { Session } from '../auth/session-token.js';

/** The service that the page came from: it lies at the page's own directory, whatever path that is. */
const base = new URL('.', document.baseURI);
const root = document.body;
const session = new Session(base);
const dark = matchMedia('(prefers-color-scheme: dark)');
let view: View | undefined;
let page: Page | undefined;

/** Follows what the viewer has chosen on the page itself. */
function choose(chosen: View): void {
  view = chosen;
  history.replaceState(null, '', fragmentOf(chosen));
}

/** Shows all anew, with the token that there is now. */
function begin(): void {
  view = undefined;
  show();
  page?.focus();
}

function show(): void {
  const next = readAddress(location);
  document.documentElement.dataset['theme'] = next.theme === 'system' ? (dark.matches ? 'dark' : 'light') : next.theme;
  // Chosen on the page itself, but for the colours: what is there stays.
  const isSame = JSON.stringify({ ...next, theme: '' }) === JSON.stringify({ ...view, theme: '' });
  const isEnded = page?.isEnded === true;
  if (page && isSame && !isEnded) {
    page.recolour(next);
  } else {
    page?.close();
    page = new Page(root, base, next, session, choose, begin);
  }
  view = next;
}

addEventListener('hashchange', show);
dark.addEventListener('change', show);
show();
