/** The tools above many numbers: search, order, sum, and form. */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useBoard } from '../app/board-context.js';
import { BOARD_FORMS, type BoardForm, SORT_ORDERS, type SortOrder } from '../app/page-url.js';
import { Segmented } from '../app/segmented.js';
import { useShortcut } from '../app/shortcuts.js';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';
import type { BoardFacts } from './facts.js';
import { Sum } from './sum.js';

interface ToolsProps {
  readonly form: BoardForm;
  /** True if the tools are there also when nobody searches. */
  readonly hasTools: boolean;
  readonly facts: BoardFacts;
  /** Names of what is shown. */
  readonly names: readonly string[];
  /** All that can be found. */
  readonly count: number;
}

export function Tools({ form, hasTools, facts, names, count }: ToolsProps): JSX.Element {
  const { data, view, setView } = useBoard();
  const { numbers } = words.value;
  const hasGroups = (data.definition.value?.layout?.groups ?? []).some(({ title }) => title !== undefined);
  const { sort, group } = view.value;
  return (
    <div class="tools" role="group" aria-label={numbers.tools}>
      <Search count={count} hasTools={hasTools} />
      {form === 'list' && (
        <>
          <Select
            label={numbers.sort}
            value={sort}
            options={SORT_ORDERS.map((order): [SortOrder, string] => [order, numbers.orders[order]])}
            onChoose={(order) => setView({ sort: order })}
          />
          {hasGroups && (
            <Select
              label={numbers.group}
              value={group}
              options={[
                ['board', numbers.grouped],
                ['none', numbers.ungrouped],
              ]}
              onChoose={(choice) => setView({ group: choice })}
            />
          )}
        </>
      )}
      <span class="spacer" />
      <Sum facts={facts} names={names} />
      <Segmented
        label={numbers.form}
        name="form"
        value={form}
        options={BOARD_FORMS.map((choice) => [choice, numbers.forms[choice]])}
        onChoose={(choice) => setView({ form: choice })}
        isLabelUnseen
      />
    </div>
  );
}

function Search({ count, hasTools }: Pick<ToolsProps, 'count' | 'hasTools'>): JSX.Element {
  const { ui } = useBoard();
  const input = useRef<HTMLInputElement>(null);
  const { numbers } = words.value;
  const typed = ui.searchText;
  const isOpen = ui.isSearchOpen.value;
  useLayoutEffect(() => {
    if (isOpen) input.current?.focus();
  }, [isOpen]);
  useLayoutEffect(() => () => void (typed.value = ''), [typed]);
  useShortcut('/', () => input.current?.focus());
  return (
    <label class="find">
      <Icon name="search" />
      <span class="unseen">{numbers.search}</span>
      <input
        ref={input}
        type="search"
        autocomplete="off"
        placeholder={numbers.searchOf(count)}
        value={typed.value}
        onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
        onBlur={() => hasTools && (ui.isSearchOpen.value = false)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.preventDefault();
          // The first press clears, the next one leaves.
          if (typed.value === '') {
            ui.isSearchOpen.value = false;
            event.currentTarget.blur();
          } else typed.value = '';
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

interface SelectProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, text: string])[];
  readonly onChoose: (value: T) => void;
}

function Select<T extends string>({ label, value, options, onChoose }: SelectProps<T>): JSX.Element {
  return (
    <label class="select">
      {label}
      <select value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value as T)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
      <Icon name="down" />
    </label>
  );
}
