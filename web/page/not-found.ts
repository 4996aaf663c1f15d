/** Shown when watching has ended: the dashboard does not exist, or the viewer may not see it. */
import { listDashboards, type WatchStatus } from '../../src/client/client.js';
import { toFragment, type PageView } from './page-url.js';
import { createElement } from './element.js';
import type { SessionToken } from '../auth/session-token.js';

/** Largest number of dashboards suggested to a viewer who may not see this one. */
const MAX_SUGGESTED_DASHBOARDS = 20;

/**
 * Creates a section with the reason and with other dashboards.
 * @param onOtherToken called when the viewer wants to use another token
 */
export function createNotFoundSection(
  view: PageView,
  { reason, problem }: Extract<WatchStatus, { state: 'closed' }>,
  base: URL,
  session: SessionToken,
  onOtherToken: () => void,
): HTMLElement {
  const linkTo = (dashboard: string): HTMLElement =>
    createElement(
      'li',
      {},
      createElement('a', { href: toFragment({ ...view, dashboard, counters: [], chart: [] }) }, dashboard),
    );
  const retryButton = createElement('button', { type: 'button' }, 'Try again');
  retryButton.addEventListener('click', () => dispatchEvent(new HashChangeEvent('hashchange')));
  const suggestions = createElement('div');
  const buttons = createElement('div', { class: 'buttons' }, retryButton);
  const near = problem?.code === 'unknown-dashboard' ? (problem.near ?? []) : [];
  if (near.length > 0)
    suggestions.append(createElement('p', {}, 'Did you mean:'), createElement('ul', {}, ...near.map(linkTo)));
  if (problem?.code === 'forbidden') {
    const otherTokenButton = createElement('button', { type: 'button' }, 'Use another token');
    otherTokenButton.addEventListener('click', onOtherToken);
    buttons.append(otherTokenButton);
    void listReadableDashboards(suggestions, base, session, linkTo);
  }
  return createElement(
    'section',
    { class: 'not-found', 'aria-label': 'Dashboard unavailable' },
    createElement('p', {}, problem?.detail ?? reason),
    // The page has its own advice about tokens.
    ...(problem?.remedy && problem.code !== 'forbidden' ? [createElement('p', { class: 'note' }, problem.remedy)] : []),
    suggestions,
    buttons,
  );
}

/** Appends links to the dashboards that the viewer may see; nothing if the list cannot be read. */
async function listReadableDashboards(
  parent: HTMLElement,
  base: URL,
  { tokenOptions }: SessionToken,
  linkTo: (dashboard: string) => HTMLElement,
): Promise<void> {
  const readable = await listDashboards(base, tokenOptions).catch(() => []);
  const links = readable.slice(0, MAX_SUGGESTED_DASHBOARDS).map(({ name }) => linkTo(name));
  if (links.length > 0)
    parent.append(createElement('p', {}, 'Your token can read:'), createElement('ul', {}, ...links));
}
