/** The sparkline of a `<live-counter>`: its code is loaded only where one is shown. */
import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import type { DashboardDefinition, Period } from '../../src/client/client.js';
import { FollowedDefinition } from '../../src/client/followed-definition.js';
import { getPresentation } from '../../src/measures/shown-number.js';
import { getCompareWith } from '../data/period-data.js';
import { PeriodFeed } from '../data/period-feed.js';
import { getSparkShape } from '../tile/spark-shape.js';
import { Spark } from '../tile/spark.js';
import { createElement } from './element.js';

export interface CounterSpark {
  readonly root: HTMLElement;
  readonly close: () => void;
}

interface SparkSource {
  readonly dashboard: string;
  /** Name of a counter or a measure. */
  readonly counter: string;
  readonly period: Period;
}

/** Reads the parts of the running period, again each minute, and draws them. */
export function createCounterSpark(server: URL, { dashboard, counter, period }: SparkSource): CounterSpark {
  const root = createElement('span', { part: 'sparkline', 'aria-hidden': 'true' });
  const definition = signal<DashboardDefinition | undefined>(undefined);
  const followed = new FollowedDefinition(server, dashboard, {}, (found) => (definition.value = found));
  followed.refresh();
  const feed = new PeriodFeed(period, {
    base: server,
    dashboard,
    tokenOptions: {},
    getFilter: () => [counter],
    getComparisons: (kind) => [getCompareWith(kind, getPresentation(definition.peek() ?? { counters: {} }, counter))],
    now: () => Date.now(),
    onTime: () => undefined,
  });
  const stop = effect(() => {
    const data = feed.data.value;
    const { value } = definition;
    if (!data || !value) return;
    render(<Spark shape={getSparkShape(value, counter, {}, data)} getSlot={() => undefined} />, root);
  });
  return {
    root,
    close: () => {
      stop();
      followed.close();
      feed.close();
      render(null, root);
      root.remove();
    },
  };
}
