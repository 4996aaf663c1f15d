/** The drawn part of a chart: lanes with their cursor, the brush, and the numbers below. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { getPresentation } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { locale, words } from '../words/locale.js';
import { Brush } from './brush.js';
import type { ChartModel } from './chart-model.js';
import type { ChartState } from './chart-state.js';
import { CursorLayer, ReadingBelow } from './cursor-layer.js';
import { LaneTitle } from './lane-title.js';
import { Lanes } from './lanes.js';
import { listShownReasons } from './shown-reasons.js';
import { formatBucket } from './readout.js';
import { type Reason, ReasonFeed } from './reason-feed.js';

interface DrawingProps {
  readonly state: ChartState;
  readonly versus: string | undefined;
  readonly isNarrow: boolean;
  readonly onNarrow: (isNarrow: boolean) => void;
  readonly onError: (error: unknown) => void;
}

export function Drawing({ state, versus, isNarrow, onNarrow, onError }: DrawingProps): JSX.Element {
  const { view, setView } = useBoard();
  const { model, isReading, cursor, singled, setWidth } = state;
  const { chart: texts } = words.value;
  const zooms = useRef<{ readonly from: number | undefined; readonly to: number | undefined }[]>([]);
  const reasons = useReasons(model);
  return (
    <>
      <div
        class="plot"
        style={{ '--lanes': Math.max(1, model?.lanes.length ?? 0) }}
        data-points={model?.chart.rows.length ?? 0}
        aria-busy={isReading}
        {...(reasons.length > 0 && { 'data-marks': '' })}
        {...(isNarrow && { 'data-narrow': '' })}
      >
        {model ? (
          <Lanes
            model={model}
            singled={singled.value}
            label={describeChart(model)}
            renderTitle={(lane) => <LaneTitle definition={model.definition} lane={lane} bucket={model.chart.bucket} />}
            onWidth={(widthRem, narrow) => {
              setWidth(widthRem);
              onNarrow(narrow);
            }}
            onError={onError}
          >
            <CursorLayer
              model={model}
              cursor={cursor}
              reasons={reasons}
              versus={versus}
              hasTip={!isNarrow}
              onZoom={(start, end) => {
                zooms.current.push({ from: view.value.from, to: view.value.to });
                setView({ from: start, to: end });
              }}
              onZoomBack={() => setView(zooms.current.pop() ?? { from: undefined, to: undefined })}
            />
          </Lanes>
        ) : (
          <p class="hint reading">{texts.loading}</p>
        )}
      </div>
      {model && !isNarrow && (
        <Brush
          model={model}
          onChange={(window, isLatest) => {
            zooms.current = [];
            setView(isLatest ? { from: undefined, to: undefined } : window);
          }}
        />
      )}
      {model && <ReadingBelow model={model} cursor={cursor} reasons={reasons} versus={versus} isAlways={isNarrow} />}
    </>
  );
}

/** Returns the reasons of changes that concern what is drawn. */
function useReasons(model: ChartModel | undefined): Reason[] {
  const { data } = useBoard();
  const feed = useMemo(() => new ReasonFeed(data), [data]);
  useEffect(() => () => feed.close(), [feed]);
  const from = model?.chart.from;
  useEffect(() => {
    if (from !== undefined) feed.reachBack(from);
  }, [feed, from]);
  return model ? listShownReasons(model, feed.reasons.value) : [];
}

/** Says what is drawn: `Revenue and Orders, Sat 29 Nov, 00:00 to 24:00`. */
function describeChart({ definition, chart, lanes }: ChartModel): string {
  const { timeZone } = definition.resolved;
  const titles = lanes.flatMap(({ series }) =>
    series.map(({ name }) => getPresentation(definition, name).title ?? name),
  );
  const [first, last] = [chart.rows.at(0), chart.rows.at(-1)];
  const list = new Intl.ListFormat(locale.value).format(titles);
  if (!first || !last) return list;
  return words.value.chart.sentence(
    list,
    formatBucket(first, chart.bucket, timeZone),
    formatBucket(last, chart.bucket, timeZone),
  );
}
