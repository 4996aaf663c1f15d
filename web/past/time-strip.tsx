/** The strip of the past: a slider over the last 14 days, steps of an hour, a moment to type, and the way back. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type PeriodRow, readPeriods } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { useShortcut } from '../app/shortcuts.js';
import { findRowNumber } from '../data/period-data.js';
import { fromLocal, toLocal } from '../data/local-time.js';
import { Icon } from '../signs/icon.js';
import { isGauge } from '../tile/shown-tile.js';
import { words } from '../words/locale.js';
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from '../words/times.js';
import './past.css';

/** Hours are kept for 14 days. Earlier moments can be typed. */
const DAYS = 14;
const SPAN_MS = DAYS * DAY_MS;
/** Every second day is named. */
const NAMED_DAYS = 2;

interface TimeStripProps {
  /** Service's time now, ms since the Unix epoch. */
  readonly now: number;
  /** Why nothing can be shown of the moment. */
  readonly fault: string | undefined;
}

export function TimeStrip({ now, fault }: TimeStripProps): JSX.Element | null {
  const { data, view, setView } = useBoard();
  const { past } = words.value;
  const { at } = view.value;
  const definition = data.definition.value;
  const timeZone = definition?.resolved.timeZone ?? 'UTC';
  const latest = Math.floor(now / HOUR_MS) * HOUR_MS;
  const moveTo = (ms: number): void => setView({ at: Math.min(ms, now - 1) });
  const step = (by: number) => (): void => {
    const start = at ?? now;
    // A moment between two hours goes to the nearer one of its direction first.
    moveTo((by < 0 ? Math.ceil(start / HOUR_MS) - 1 : Math.floor(start / HOUR_MS) + 1) * HOUR_MS);
  };
  useShortcut('[', step(-1));
  useShortcut(']', step(1));
  if (at === undefined) return null;
  return (
    <section class="time" aria-label={past.moment}>
      <button type="button" class="button" data-look="primary" onClick={() => setView({ at: undefined })}>
        {past.backToLive}
      </button>
      {/* Time runs from left to right in every language, and so do the buttons at its ends. */}
      <div class="travel" dir="ltr">
        <button
          type="button"
          class="button"
          data-look="quiet"
          data-icon
          aria-label={past.back}
          title={`${past.back}  [`}
          onClick={step(-1)}
        >
          <Icon name="left" />
        </button>
        <div class="slide">
          <Rail end={latest + HOUR_MS} at={at} />
          <input
            type="range"
            min={latest - SPAN_MS + HOUR_MS}
            max={latest}
            step={HOUR_MS}
            value={at}
            aria-label={past.moment}
            aria-valuetext={formatTime(at, 'dateTime', timeZone)}
            onInput={({ currentTarget }) => moveTo(currentTarget.valueAsNumber)}
          />
          <ol aria-hidden="true">
            {Array.from({ length: DAYS / NAMED_DAYS }, (_, index) => (
              <li key={index}>
                <bdi>{formatTime(latest + HOUR_MS - SPAN_MS + index * NAMED_DAYS * DAY_MS, 'date', timeZone)}</bdi>
              </li>
            ))}
          </ol>
        </div>
        <button
          type="button"
          class="button"
          data-look="quiet"
          data-icon
          aria-label={past.on}
          title={`${past.on}  ]`}
          onClick={step(1)}
        >
          <Icon name="right" />
        </button>
      </div>
      <input
        class="input at"
        type="datetime-local"
        aria-label={past.dateAndTime}
        value={toInputText(toLocal(at, timeZone))}
        max={toInputText(toLocal(now, timeZone))}
        onChange={({ currentTarget }) => {
          const typed = Date.parse(`${currentTarget.value}Z`);
          if (!Number.isNaN(typed)) moveTo(fromLocal(typed, timeZone));
        }}
      />
      {fault !== undefined && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
    </section>
  );
}

/** The hours of the span, of the first counter that has them. */
function Rail({ end, at }: { readonly end: number; readonly at: number }): JSX.Element {
  const { data } = useBoard();
  const rows = useSignal<readonly PeriodRow[]>([]);
  const definition = data.definition.value;
  const name = definition && Object.keys(definition.counters).find((counter) => !isGauge(definition, counter));
  useEffect(() => {
    if (name === undefined) return undefined;
    const controller = new AbortController();
    const { base, tokenOptions } = data;
    const request = { dashboard: data.name, counters: [name], period: 'hour', count: DAYS * 24, before: end } as const;
    readPeriods(base, { ...request, signal: controller.signal, ...tokenOptions }).then(
      (read) => (rows.value = read.rows),
      // The slider works without its drawing.
      () => undefined,
    );
    return () => controller.abort();
  }, [data, name, end, rows]);
  const numbers = rows.value.map((row) => Math.max(0, (name !== undefined && findRowNumber(row, name)) || 0));
  const top = Math.max(1, ...numbers);
  return (
    <svg viewBox={`0 0 ${DAYS * 24} 28`} preserveAspectRatio="none" aria-hidden="true">
      {rows.value.map((row, index) => {
        const height = ((numbers[index] ?? 0) / top) * 26;
        const x = (row.start - (end - SPAN_MS)) / HOUR_MS;
        return (
          height > 0 && (
            <rect
              key={row.start}
              class={row.start < at ? 'been' : 'later'}
              x={x + 0.1}
              y={28 - height}
              width="0.8"
              height={height}
            />
          )
        );
      })}
    </svg>
  );
}

/** @param local reading, as the milliseconds of UTC */
function toInputText(local: number): string {
  return new Date(Math.floor(local / MINUTE_MS) * MINUTE_MS).toISOString().slice(0, 16);
}
