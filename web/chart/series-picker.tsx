/** Chooses the series of a chart among all counters and measures of the board. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { DashboardDefinition } from '../../src/client/client.js';
import { getPresentation } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import { SeriesMark } from '../signs/series-mark.js';
import { words } from '../words/locale.js';
import { placeMenu } from './menu-place.js';
import { type LegendEntry, MAX_SERIES } from './series-choice.js';

interface SeriesPickerProps {
  readonly definition: DashboardDefinition;
  readonly series: readonly LegendEntry[];
}

const ID = 'chart-series';
/** Most names in the list; the search finds the rest. */
const MAX_LISTED = 100;

export function SeriesPicker({ definition, series }: SeriesPickerProps): JSX.Element {
  const { data, view, setView } = useBoard();
  const { chart } = words.value;
  const search = useSignal('');
  const isOpen = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const chosen = series.map(({ name }) => name);
  const isFull = chosen.length >= MAX_SERIES;
  const getTitle = (name: string): string => getPresentation(definition, name).title ?? name;
  const typed = search.value.toLowerCase().trim();
  const matches = data.names.value.filter((name) => `${name} ${getTitle(name)}`.toLowerCase().includes(typed));
  const toggle = (name: string): void => {
    const next = chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name];
    // A chart without series shows nothing: the last one stays.
    if (next.length === 0) return;
    setView({ chart: next, forms: view.value.forms.filter((option) => option !== `${name}:off`) });
  };
  return (
    <>
      <button ref={button} type="button" class="key" data-add popovertarget={ID}>
        <Icon name="plus" />
        {chart.add}
      </button>
      <div
        id={ID}
        class="menu picker"
        popover="auto"
        role="group"
        aria-label={chart.addTitle}
        onToggle={(event) => {
          isOpen.value = event.newState === 'open';
          if (!isOpen.value) return;
          search.value = '';
          placeMenu(event.currentTarget, button.current);
          input.current?.focus();
        }}
      >
        {isOpen.value && (
          <>
            <input
              ref={input}
              class="input"
              type="search"
              autocomplete="off"
              placeholder={chart.searchSeries}
              aria-label={chart.searchSeries}
              value={search.value}
              onInput={({ currentTarget }) => (search.value = currentTarget.value)}
            />
            <div class="choices">
              {matches.slice(0, MAX_LISTED).map((name) => {
                const entry = series.find((one) => one.name === name);
                return (
                  <label key={name} class="item">
                    <input
                      type="checkbox"
                      checked={entry !== undefined}
                      disabled={entry === undefined && isFull}
                      onChange={({ currentTarget }) => {
                        toggle(name);
                        currentTarget.checked =
                          chosen.includes(name) && chosen.length === 1 ? true : currentTarget.checked;
                      }}
                    />
                    <bdi>{getTitle(name)}</bdi>
                    {entry && <SeriesMark slot={entry.slot} />}
                  </label>
                );
              })}
            </div>
            <p class="hint" role="status">
              {matches.length === 0 ? chart.noSeriesMatches : isFull ? chart.full(MAX_SERIES) : ''}
            </p>
          </>
        )}
      </div>
    </>
  );
}
