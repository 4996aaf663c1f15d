/** Shows how to count for the first time. */
import { createElement } from './element.js';

/** Builds a curl command that adds one to a counter. @param hasToken true if the command needs a token */
export function buildFirstCommand(base: URL, dashboard: string, counter: string, hasToken: boolean): string {
  const isShort = dashboard === 'main' && counter === 'orders';
  const path = isShort
    ? 'order'
    : `dashboards/${encodeURIComponent(dashboard)}/counters/${encodeURIComponent(counter)}/add`;
  const header = hasToken ? ' -H "Authorization: Bearer $TOKEN"' : '';
  return `curl -X POST ${new URL(path, base).href}${header}`;
}

/** Creates a section with the command and a button that copies it. */
export function createEmptyState(command: string): HTMLElement {
  const code = createElement('code', {}, command);
  const copy = createElement('button', { type: 'button' }, 'Copy');
  copy.addEventListener(
    'click',
    () => void copyText(code).then((isDone) => (copy.textContent = isDone ? 'Copied' : 'Select and copy')),
  );
  return createElement(
    'section',
    { class: 'empty-state', 'aria-label': 'First count' },
    createElement('p', {}, 'Nothing has been counted yet. To start, run:'),
    createElement('pre', {}, code),
    copy,
  );
}

/** Copies the text. Pages loaded over plain HTTP have no clipboard API: the text is selected for the viewer to copy. */
async function copyText(node: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(node.textContent);
    return true;
  } catch {
    getSelection()?.selectAllChildren(node);
    return document.execCommand('copy');
  }
}
