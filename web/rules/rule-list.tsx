/** The rules of a board by counter, with what is to be known of each. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { listRules, type Rule } from '../../src/client/rules.js';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';
import { Sentence } from '../words/sentence.js';
import { Holding, Remarks } from './rule-state.js';
import { describeCondition, getRuleTitle } from './rule-words.js';
import { usePolled } from './use-polled.js';

interface RuleListProps {
  /** Rule that was open before, which gets the focus. */
  readonly lastRule: string | undefined;
  readonly onOpen: (rule: string) => void;
  /** Undefined where nothing can be counted. */
  readonly onMake: (() => void) | undefined;
}

export function RuleList({ lastRule, onOpen, onMake }: RuleListProps): JSX.Element {
  const { data } = useBoard();
  const { value, fault } = usePolled((signal) =>
    listRules(data.base, { dashboard: data.name, signal, ...data.tokenOptions }),
  );
  const { rules } = words.value;
  const all = value.value;
  return (
    <>
      <div class="body">
        {all === undefined ? (
          <p class="none">{fault.value || rules.loading}</p>
        ) : all.length === 0 ? (
          <div class="none">
            <h3>{rules.none}</h3>
            <p>{rules.purpose}</p>
            <p>{rules.howToMake}</p>
          </div>
        ) : (
          <ul class="list">
            {all.map((rule) => (
              <RuleRow
                key={rule.rule}
                rule={rule}
                takesFocus={rule.rule === lastRule}
                onOpen={() => onOpen(rule.rule)}
              />
            ))}
          </ul>
        )}
      </div>
      <footer>
        <p class="problem" role="status">
          {all === undefined ? '' : fault.value}
        </p>
        <span class="spacer" />
        {onMake && (
          <button type="button" class="button" data-look="primary" onClick={onMake}>
            <Icon name="plus" />
            {rules.newRule}
          </button>
        )}
      </footer>
    </>
  );
}

interface RuleRowProps {
  readonly rule: Rule;
  /** True to be focused as soon as it is there. */
  readonly takesFocus: boolean;
  readonly onOpen: () => void;
}

function RuleRow({ rule, takesFocus, onOpen }: RuleRowProps): JSX.Element | null {
  const { data } = useBoard();
  const row = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (takesFocus) row.current?.focus();
  }, [takesFocus]);
  const definition = data.definition.value;
  if (!definition) return null;
  return (
    <li>
      <button ref={row} type="button" class="row" onClick={onOpen}>
        <span class="title">
          <bdi>{getRuleTitle(definition, rule)}</bdi>
        </span>
        <Holding rule={rule} />
        <span class="condition">
          <Sentence text={describeCondition(definition, rule)} />
        </span>
        <span class="hosts">
          <bdi>{[...new Set(rule.notify.map(({ host }) => host))].join(', ')}</bdi>
        </span>
        <Remarks rule={rule} />
      </button>
    </li>
  );
}
