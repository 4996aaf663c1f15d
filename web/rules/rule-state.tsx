/** The state of a rule: if its condition holds, and what keeps its messages from arriving. */
import type { JSX } from 'preact';
import type { Rule } from '../../src/client/rules.js';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import { LevelSign } from '../signs/level-sign.js';
import { words } from '../words/locale.js';
import { Sentence } from '../words/sentence.js';
import { listRemarks } from './rule-words.js';

interface RuleProps {
  readonly rule: Rule;
}

export function Holding({ rule: { state } }: RuleProps): JSX.Element {
  const { rules } = words.value;
  return (
    <span class="holding" {...(state.holds && { 'data-holds': '' })}>
      <span class="dot" />
      {state.holds ? rules.holds : rules.rests}
    </span>
  );
}

/** Remarks on a rule, each with its reason where there is room. They stand in a button, which takes no lists. */
export function Remarks({
  rule,
  hasReasons = false,
}: RuleProps & { readonly hasReasons?: boolean }): JSX.Element | null {
  const { data } = useBoard();
  const remarks = listRemarks(rule, data.definition.value?.resolved.timeZone);
  if (remarks.length === 0) return null;
  return (
    <span class="remarks">
      {remarks.map(({ sign, text, reason }, index) => (
        <span key={index} class="remark">
          {sign === 'warn' ? <LevelSign level="warn" /> : <Icon name="clock" />}
          <span>
            <Sentence text={text} />
            {hasReasons && (
              <span class="reason">
                <Sentence text={reason} />
              </span>
            )}
          </span>
        </span>
      ))}
    </span>
  );
}
