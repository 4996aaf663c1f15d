/** Asks a watched dashboard for the periods that its tiles show. */
import { effect, type ReadonlySignal } from '@preact/signals';
import type { PageView } from '../app/page-url.js';
import type { LiveDashboard } from '../data/live-dashboard.js';
import { getShownKind, listNeededPeriods } from '../tile/shown-tile.js';

/** Follows the definition and the viewer's choice. @returns a function that stops */
export function followNeededPeriods(data: LiveDashboard, view: ReadonlySignal<PageView>): () => void {
  return effect(() => {
    const definition = data.definition.value;
    const { period } = view.value;
    if (!definition) return;
    const names = Object.keys({ ...definition.counters, ...definition.measures });
    data.setPeriods(
      names.flatMap((name) => listNeededPeriods(definition, name, getShownKind(definition, name, period))),
    );
  });
}
