/** The board as it was, while the view has a moment. Its code is loaded then. */
import { computed, type ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PageView } from '../app/page-url.js';
import type { LiveDashboard } from '../data/live-dashboard.js';
import type { PastDashboard } from '../data/past-dashboard.js';

/** @returns undefined while the view shows the present, and until the code has been loaded */
export function usePast(live: LiveDashboard, view: ReadonlySignal<PageView>): PastDashboard | undefined {
  const [Past, setPast] = useState<typeof PastDashboard>();
  const isPast = view.value.at !== undefined;
  useEffect(() => {
    // Without the network the present stays, and the header says that it is not live.
    if (isPast)
      import('../data/past-dashboard.js').then(
        (module) => setPast(() => module.PastDashboard),
        () => undefined,
      );
  }, [isPast]);
  const past = useMemo(() => {
    let last = view.peek().at ?? 0;
    return isPast && Past
      ? new Past(
          live,
          computed(() => (last = view.value.at ?? last)),
        )
      : undefined;
  }, [live, view, isPast, Past]);
  useEffect(() => () => past?.close(), [past]);
  return past;
}
