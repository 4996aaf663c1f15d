/** Chooses the span of the chart: a named one, or from one time to another. */
import type { JSX, RefObject } from 'preact';
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { RANGE_NAMES } from '../app/page-url.js';
import { useBoard } from '../app/board-context.js';
import { words } from '../words/locale.js';
import { MINUTE_MS } from '../words/times.js';
import { fromLocal, toLocal } from '../data/local-time.js';
import { placeMenu } from './menu-place.js';

const ID = 'chart-dates';

interface SpansProps {
  /** What is shown now: the dates begin with it. */
  readonly shown: { readonly from: number; readonly to: number } | undefined;
  readonly timeZone: string;
}

export function Spans({ shown, timeZone }: SpansProps): JSX.Element {
  const { view, setView } = useBoard();
  const { chart } = words.value;
  const dates = useRef<HTMLButtonElement>(null);
  const { range, from, to, at } = view.value;
  const isFixed = from !== undefined && to !== undefined;
  return (
    <>
      <fieldset class="segmented spans" data-size="small">
        <legend class="unseen">{chart.span}</legend>
        {RANGE_NAMES.map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="range"
              checked={!isFixed && name === range}
              onChange={() => setView({ range: name, from: undefined, to: undefined })}
            />
            <span>{name === 'day' && at !== undefined ? chart.thatDay : chart.spans[name]}</span>
          </label>
        ))}
        <button ref={dates} type="button" class="dates" aria-pressed={isFixed} popovertarget={ID}>
          <span>{chart.dates}</span>
        </button>
      </fieldset>
      <Dates button={dates} shown={shown} timeZone={timeZone} />
    </>
  );
}

interface DatesProps extends SpansProps {
  readonly button: RefObject<HTMLButtonElement | null>;
}

function Dates({ button, shown, timeZone }: DatesProps): JSX.Element {
  const { setView } = useBoard();
  const { chart } = words.value;
  const form = useRef<HTMLFormElement>(null);
  const fields = useSignal({ from: '', to: '' });
  const fault = useSignal('');
  const submit = (): void => {
    const [from, to] = [parseField(fields.value.from, timeZone), parseField(fields.value.to, timeZone)];
    if (from === undefined || to === undefined || to - from < MINUTE_MS) {
      fault.value = chart.datesWrong;
      return;
    }
    setView({ from, to });
    form.current?.hidePopover();
  };
  return (
    <form
      ref={form}
      id={ID}
      class="menu from-to"
      popover="auto"
      aria-label={chart.datesTitle}
      onToggle={(event) => {
        if (event.newState !== 'open') return;
        fault.value = '';
        if (shown) fields.value = { from: toField(shown.from, timeZone), to: toField(shown.to, timeZone) };
        placeMenu(event.currentTarget, button.current);
      }}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {(['from', 'to'] as const).map((name) => (
        <div key={name} class="field">
          <label for={`${ID}-${name}`}>{chart[name]}</label>
          <input
            id={`${ID}-${name}`}
            class="input"
            type="datetime-local"
            required
            value={fields.value[name]}
            onInput={({ currentTarget }) => (fields.value = { ...fields.value, [name]: currentTarget.value })}
          />
        </div>
      ))}
      <p class="fault" role="alert">
        {fault.value}
      </p>
      <button type="submit" class="button" data-look="primary">
        {chart.show}
      </button>
    </form>
  );
}

/** Fields hold readings of the dashboard's clock, to the minute. */
function toField(ms: number, timeZone: string): string {
  return new Date(toLocal(ms, timeZone)).toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length);
}

function parseField(text: string, timeZone: string): number | undefined {
  const local = Date.parse(`${text}Z`);
  return Number.isNaN(local) ? undefined : fromLocal(local, timeZone);
}
