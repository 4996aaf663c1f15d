/** The title of a lane: its series and what is drawn of them, which opens a menu of its forms. */
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { DashboardDefinition } from '../../src/client/client.js';
import { getPresentation } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import { SeriesMark } from '../signs/series-mark.js';
import { isolate } from '../words/isolate.js';
import { Sentence } from '../words/sentence.js';
import { direction, locale, words } from '../words/locale.js';
import { formatDuration, MINUTE_MS } from '../words/times.js';
import type { BucketKind } from './chart-span.js';
import { type Lane, type LaneForm, listForms } from './lane.js';
import { getLaneKey } from './lane-heights.js';
import { placeMenu } from './menu-place.js';
import { setForm, STACKED, toggleOption } from './series-choice.js';

interface LaneTitleProps {
  readonly definition: DashboardDefinition;
  readonly lane: Lane;
  readonly bucket: BucketKind;
}

export function LaneTitle({ definition, lane, bucket }: LaneTitleProps): JSX.Element {
  const { series, form } = lane;
  const text = describeLane(definition, lane, bucket);
  // Forms that suit all series of the lane.
  const [first = [], ...others] = series.map(({ name }) => listForms(definition, name));
  const forms = first.filter((one) => others.every((other) => other.includes(one)));
  const isWritten = series.length > 1;
  const content = (
    <>
      {series.map(({ name, slot }) => (
        <span key={name} class="series-title">
          <SeriesMark slot={slot} />
          {isWritten ? (
            <bdi>{getTitle(definition, name)}</bdi>
          ) : (
            <span dir={direction.value}>
              <Sentence text={text} />
            </span>
          )}
        </span>
      ))}
      {isWritten && <span class="lane-text">{text}</span>}
    </>
  );
  const hasChoice = forms.length > 1 || (form === 'bars' && series.length > 1);
  return hasChoice ? <FormMenu definition={definition} lane={lane} forms={forms} title={content} /> : content;
}

interface FormMenuProps extends Omit<LaneTitleProps, 'bucket'> {
  readonly forms: readonly LaneForm[];
  readonly title: JSX.Element;
}

const ICONS = { bars: 'bars', adding: 'line', level: 'level' } as const;

function FormMenu({ definition, lane, forms, title }: FormMenuProps): JSX.Element {
  const { view, setView } = useBoard();
  const { chart } = words.value;
  const id = `chart-form-${getLaneKey(lane)}`;
  const button = useRef<HTMLButtonElement>(null);
  const { series, form } = lane;
  const titles = new Intl.ListFormat(locale.value).format(series.map(({ name }) => getTitle(definition, name)));
  const isStacked = view.value.forms.includes(STACKED);
  const choose = (one: LaneForm): void => {
    const usual = forms[0];
    setView({
      forms: series.reduce(
        (options, { name }) => setForm(options, name, one === usual ? undefined : one),
        view.value.forms,
      ),
    });
  };
  return (
    <>
      <button ref={button} type="button" popovertarget={id}>
        {title}
        <Icon name="down" />
      </button>
      <div
        id={id}
        class="menu forms"
        popover="auto"
        onToggle={(event) => {
          if (event.newState === 'open') placeMenu(event.currentTarget, button.current);
        }}
      >
        <fieldset>
          <legend class="unseen">{chart.form(titles)}</legend>
          {forms.map((one) => (
            <label key={one} class="item">
              <Icon name={ICONS[one]} />
              <span>{chart[one]}</span>
              <input type="radio" name={id} checked={one === form} onChange={() => choose(one)} />
            </label>
          ))}
        </fieldset>
        {form === 'bars' && series.length > 1 && (
          <fieldset>
            <legend class="unseen">{chart.stacked}</legend>
            {[false, true].map((one) => (
              <label key={String(one)} class="item">
                <span />
                <span>{one ? chart.stacked : chart.sideBySide}</span>
                <input
                  type="radio"
                  name={`${id}-stacked`}
                  checked={one === isStacked}
                  onChange={() => setView({ forms: toggleOption(view.value.forms, STACKED) })}
                />
              </label>
            ))}
          </fieldset>
        )}
      </div>
    </>
  );
}

/** Describes a lane: `Orders an hour`, `Revenue, adding up`; of several series only the form. */
export function describeLane(definition: DashboardDefinition, { series, form }: Lane, bucket: BucketKind): string {
  const { chart } = words.value;
  const [first, ...others] = series;
  if (!first) return '';
  const title = others.length > 0 ? '' : isolate(getTitle(definition, first.name));
  switch (form) {
    case 'bars':
      return chart.perBucket(title, nameBucket(bucket)).trim();
    case 'adding':
      return title === '' ? chart.adding : chart.addingUp(title);
    case 'level':
      if (title === '') return '';
      return listForms(definition, first.name).length > 1 ? chart.asLevel(title) : title;
  }
}

function nameBucket({ period, stepMs }: BucketKind): string {
  const { per, perDuration } = words.value.chart;
  if (period !== undefined) return per[period];
  return stepMs === MINUTE_MS ? per.minute : perDuration(formatDuration(stepMs));
}

function getTitle(definition: DashboardDefinition, name: string): string {
  return getPresentation(definition, name).title ?? name;
}
