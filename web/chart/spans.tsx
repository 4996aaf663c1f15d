/** Chooses the span of the chart: a named one, or from one time to another. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { RANGE_NAMES } from '../app/page-url.js';
import { useBoard } from '../app/board-context.js';
import { words } from '../words/locale.js';
import { MINUTE_MS } from '../words/times.js';
import { fromLocal, toLocal } from './local-time.js';
import { placeMenu } from './menu-place.js';

interface SpansProps {
  /** What is shown now: the dates begin with it. */
  readonly shown: { readonly from: number; readonly to: number } | undefined;
  readonly timeZone: string;
}

export function Spans({ shown, timeZone }: SpansProps): JSX.Element {
  const { view, setView } = useBoard();
  const { chart } = words.value;
  const { range, from, to, at } = view.value;
  const isFixed = from !== undefined && to !== undefined;
  return (
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
      <Dates shown={shown} timeZone={timeZone} isChosen={isFixed} />
    </fieldset>
  );
}

function Dates({ shown, timeZone, isChosen }: SpansProps & { readonly isChosen: boolean }): JSX.Element {
  const { setView } = useBoard();
  const { chart } = words.value;
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLFormElement>(null);
  const fields = useSignal({ from: '', to: '' });
  const fault = useSignal('');
  const submit = (): void => {
    const [from, to] = [parseField(fields.value.from, timeZone), parseField(fields.value.to, timeZone)];
    if (from === undefined || to === undefined || to - from < MINUTE_MS) {
      fault.value = chart.datesWrong;
      return;
    }
    setView({ from, to });
    menu.current?.hidePopover();
  };
  return (
    <>
      <button ref={button} type="button" class="dates" aria-pressed={isChosen} popovertarget={id}>
        <span>{chart.dates}</span>
      </button>
      <form
        ref={menu}
        id={id}
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
            <label for={`${id}${name}`}>{chart[name]}</label>
            <input
              id={`${id}${name}`}
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
    </>
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
