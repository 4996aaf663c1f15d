/** The activity: who changed what, when and why, newest first, by counter and by person. */
import './activity.css';
import type { JSX } from 'preact';
import { effect, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { isMeasure } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';
import { ActivityFeed } from './activity-feed.js';
import { ActivityList } from './activity-list.js';
import { ChoiceFilter } from './choice-filter.js';
import { getTitle } from './change-words.js';
import { isReadAloud } from './read-aloud.js';

export function Activity(): JSX.Element | null {
  const { data, view, ui } = useBoard();
  const counter = useSignal('');
  const who = useSignal('');
  const limit = view.value.counters.join();
  // A past board lists the changes up to its moment, and none where the ledger does not reach.
  const until = view.value.at === undefined ? undefined : data.revision.value;
  const feed = useMemo(() => {
    const counters = counter.value === '' ? limit.split(',').filter((name) => name !== '') : [counter.value];
    return new ActivityFeed(data, { counters, who: who.value === '' ? undefined : who.value, until });
  }, [data, counter.value, who.value, limit, until]);
  useEffect(() => {
    const stop = effect(() => {
      // Reading the revision subscribes to it.
      if (data.revision.value >= 0) feed.refresh();
    });
    return () => {
      stop();
      feed.close();
    };
  }, [data, feed]);
  const opener = useRef(document.activeElement);
  const close = (): void => {
    ui.isActivityOpen.value = false;
    if (opener.current instanceof HTMLElement) opener.current.focus();
  };
  const people = useRef(new Set<string>());
  for (const entry of feed.entries.value) if (entry.who !== undefined) people.current.add(entry.who);

  const definition = data.definition.value;
  if (!definition) return null;
  const { activity } = words.value;
  const counters = data.names.value.filter((name) => !isMeasure(definition, name));
  return (
    <aside class="activity" aria-label={activity.title} onKeyDown={({ key }) => key === 'Escape' && close()}>
      <header>
        <h2>{activity.title}</h2>
        <button type="button" class="button" data-look="quiet" data-icon aria-label={activity.close} onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div class="filters">
        <ChoiceFilter
          label={activity.filterCounter}
          all={activity.allCounters}
          choices={counters.map((name) => ({ value: name, text: getTitle(definition, name) }))}
          chosen={counter}
        />
        <ChoiceFilter
          label={activity.filterWho}
          all={activity.everyone}
          choices={[...people.current].toSorted().map((name) => ({ value: name, text: name }))}
          chosen={who}
        />
      </div>
      <ActivityList feed={feed} isFiltered={counter.value !== '' || who.value !== ''} />
      <label class="aloud">
        <input
          type="checkbox"
          role="switch"
          checked={isReadAloud.value}
          onChange={({ currentTarget }) => (isReadAloud.value = currentTarget.checked)}
        />
        <span>{activity.readAloud}</span>
      </label>
    </aside>
  );
}
