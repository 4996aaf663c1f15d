/** What is shown when watching is over: the dashboard is not there, or the service does not let this viewer in. */
import type { WatchStatus } from '../src/client/client.js';
import { fragmentOf, type View } from './address.js';
import { element } from './element.js';

/** A section that says why, and where to go from here. */
export function notFound(view: View, { reason, problem }: Extract<WatchStatus, { state: 'closed' }>): HTMLElement {
  const again = element('button', { type: 'button' }, 'Try again');
  again.addEventListener('click', () => dispatchEvent(new HashChangeEvent('hashchange')));
  const near = (problem?.near ?? []).map((dashboard) =>
    element('li', {}, element('a', { href: fragmentOf({ ...view, dashboard, counters: [], chart: [] }) }, dashboard)),
  );
  return element(
    'section',
    { class: 'gone', 'aria-label': 'Not to be seen' },
    element('p', {}, problem?.detail ?? reason),
    ...(problem?.remedy ? [element('p', { class: 'note' }, problem.remedy)] : []),
    ...(near.length > 0 && problem?.code === 'unknown-dashboard'
      ? [element('p', {}, 'Near by name:'), element('ul', {}, ...near)]
      : []),
    again,
  );
}
