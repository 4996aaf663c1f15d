/** All that the parts of a chart show, from the view, the definition and the rows that have been read. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Period } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { ChartFeed } from './chart-feed.js';
import type { ChartRows } from './chart-rows.js';
import { type ChartSpan, getChartSpan, getSpanPeriod, WIDE_REM } from './chart-span.js';
import type { ChartModel, CursorPlace } from './chart-model.js';
import { listLanes } from './lane.js';
import { listBuckets } from './readout.js';
import { type LegendEntry, listSeries, STACKED } from './series-choice.js';

export interface ChartState {
  /** Undefined until rows have been read. */
  readonly model: ChartModel | undefined;
  readonly series: readonly LegendEntry[];
  readonly span: ChartSpan;
  /** True while the rows of another span are shown until those of this one have come. */
  readonly isReading: boolean;
  readonly cursor: Signal<CursorPlace | undefined>;
  /** Series that is singled out in the legend. */
  readonly singled: Signal<string | undefined>;
  readonly setWidth: (widthRem: number) => void;
}

export function useChart(): ChartState {
  const { data, view } = useBoard();
  const [isWide, setIsWide] = useState(() => innerWidth / readRootPx() >= WIDE_REM);
  const cursor = useSignal<CursorPlace | undefined>(undefined);
  const singled = useSignal<string | undefined>(undefined);
  const definition = data.definition.value;
  const names = data.names.value;
  const { range, from, to, chart: chosen, forms, at } = view.value;
  const isPast = at !== undefined;
  const series = useMemo(
    () => (definition ? listSeries(definition, names, chosen, forms) : []),
    [definition, names, chosen, forms],
  );
  const span = useStable(getChartSpan({ range, from, to }, data.now(), isWide));
  const nameKey = series.map(({ name }) => name).join();
  const feed = useMemo(
    () => new ChartFeed({ board: data, span, names: nameKey === '' ? [] : nameKey.split(','), isPast }),
    [data, span, nameKey, isPast],
  );
  useEffect(() => () => feed.close(), [feed]);
  const last = useRef<ChartRows | undefined>(undefined);
  const read = feed.rows.value;
  const chart = read ?? last.current;
  last.current = chart;
  const model = useMemo(() => {
    if (!definition || !chart) return undefined;
    const shown = series.filter(({ isShown }) => isShown);
    const period: Period | undefined = span.kind === 'day' ? 'day' : getSpanPeriod(chart, definition.resolved);
    const lanes = listLanes(definition, shown, chart, { period, isStacked: forms.includes(STACKED) });
    return { definition, chart, span, lanes, buckets: listBuckets(chart, lanes) };
  }, [definition, chart, span, series, forms]);
  return {
    model,
    series,
    span,
    isReading: read === undefined,
    cursor,
    singled,
    setWidth: (widthRem) => setIsWide(widthRem >= WIDE_REM),
  };
}

/** Returns the same object as long as it says the same. */
function useStable<T>(value: T): T {
  const last = useRef(value);
  if (JSON.stringify(last.current) !== JSON.stringify(value)) last.current = value;
  return last.current;
}

function readRootPx(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}
