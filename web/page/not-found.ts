/** What is shown when watching is over: the dashboard is not there, or the service does not let this viewer see it. */
import { listDashboards, type WatchStatus } from '../../src/client/client.js';
import { fragmentOf, type View } from './page-url.js';
import { element } from './element.js';
import type { Session } from '../auth/session-token.js';

/** Most dashboards that are named for a viewer who may not see this one. */
const MOST_NAMED = 20;

/** A section that says why, and where to go from here. @param onAnother is told that the viewer has another token */
export function notFound(
  view: View,
  { reason, problem }: Extract<WatchStatus, { state: 'closed' }>,
  base: URL,
  session: Session,
  onAnother: () => void,
): HTMLElement {
  const linkTo = (dashboard: string): HTMLElement =>
    element('li', {}, element('a', { href: fragmentOf({ ...view, dashboard, counters: [], chart: [] }) }, dashboard));
  const again = element('button', { type: 'button' }, 'Try again');
  again.addEventListener('click', () => dispatchEvent(new HashChangeEvent('hashchange')));
  const others = element('div');
  const buttons = element('div', { class: 'buttons' }, again);
  const near = problem?.code === 'unknown-dashboard' ? (problem.near ?? []) : [];
  if (near.length > 0) others.append(element('p', {}, 'Near by name:'), element('ul', {}, ...near.map(linkTo)));
  if (problem?.code === 'forbidden') {
    const another = element('button', { type: 'button' }, 'Use another token');
    another.addEventListener('click', onAnother);
    buttons.append(another);
    void nameOthers(others, base, session, linkTo);
  }
  return element(
    'section',
    { class: 'gone', 'aria-label': 'Not to be seen' },
    element('p', {}, problem?.detail ?? reason),
    // Of tokens the page itself says what can be done.
    ...(problem?.remedy && problem.code !== 'forbidden' ? [element('p', { class: 'note' }, problem.remedy)] : []),
    others,
    buttons,
  );
}

/** Names the dashboards that the viewer may see; none when that is not told. */
async function nameOthers(
  place: HTMLElement,
  base: URL,
  { access }: Session,
  linkTo: (dashboard: string) => HTMLElement,
): Promise<void> {
  const all = await listDashboards(base, access).catch(() => []);
  const links = all.slice(0, MOST_NAMED).map(({ name }) => linkTo(name));
  if (links.length > 0) place.append(element('p', {}, 'It may read:'), element('ul', {}, ...links));
}
