/** Keeps the chosen series and forms of each board while the page is open: another board has other counters. */
import { useEffect } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import type { PageView } from '../app/page-url.js';

const choices = new Map<string, Pick<PageView, 'chart' | 'forms'>>();

export function useRememberedChoice(): void {
  const { data, view, setView } = useBoard();
  useEffect(() => {
    const { chart, forms } = view.peek();
    const remembered = choices.get(data.name);
    if (remembered && chart.length === 0 && forms.length === 0) setView(remembered);
    return view.subscribe((now) => {
      if (now.dashboard === data.name) choices.set(data.name, { chart: now.chart, forms: now.forms });
    });
  }, [data, view, setView]);
}
