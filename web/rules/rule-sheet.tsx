/** One rule: where it goes, a test, its last deliveries, and deleting it. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { deleteRule, readDeliveries, readRule, type Rule, type TestAnswer, testRule } from '../../src/client/rules.js';
import { useBoard } from '../app/board-context.js';
import { DeleteFields } from '../editor/delete-fields.js';
import { toSentence } from '../editor/form-words.js';
import { LevelSign } from '../signs/level-sign.js';
import { isolate } from '../words/isolate.js';
import { words } from '../words/locale.js';
import { describeError } from '../words/problem-words.js';
import { Sentence } from '../words/sentence.js';
import { DeliveryList } from './delivery-list.js';
import { MadeSecrets } from './made-secrets.js';
import { Holding, Remarks } from './rule-state.js';
import { describeCondition, describeLimit, getRuleTitle } from './rule-words.js';
import { usePolled } from './use-polled.js';

interface RuleSheetProps {
  readonly name: string;
  /** The rule as it was answered when it was made. */
  readonly made: Rule | undefined;
  readonly onTitle: (title: string) => void;
  /** Called when it has been deleted. */
  readonly onGone: () => void;
}

export function RuleSheet({ name, made, onTitle, onGone }: RuleSheetProps): JSX.Element | null {
  const { data } = useBoard();
  const { rules } = words.value;
  const options = { dashboard: data.name, rule: name, ...data.tokenOptions };
  const { value, fault } = usePolled(async (signal) => {
    const [read, deliveries] = await Promise.all([
      readRule(data.base, { ...options, signal }),
      readDeliveries(data.base, { ...options, signal }),
    ]);
    return { rule: read, deliveries };
  });
  const deletion = useSignal('');
  const definition = data.definition.value;
  const rule = value.value?.rule ?? made;
  const title = definition && rule ? getRuleTitle(definition, rule) : name;
  useEffect(() => onTitle(title), [onTitle, title]);
  if (!definition) return null;
  const remove = async (): Promise<void> => {
    try {
      await deleteRule(data.base, options);
      onGone();
    } catch (error) {
      deletion.value = toSentence(describeError(error));
    }
  };
  return (
    <div class="body">
      <div class="form">
        {!rule && <p class="hint">{fault.value || rules.loading}</p>}
        {rule && (
          <>
            <section class="summary">
              <p class="condition">
                <Sentence text={describeCondition(definition, rule)} />
              </p>
              <Holding rule={rule} />
              {rule.clearsAt !== undefined && (
                <p class="hint">
                  <span>
                    <Sentence text={rules.clearsAt(describeLimit(definition, rule.when.of, rule.clearsAt))} />
                  </span>
                </p>
              )}
            </section>
            {made && <MadeSecrets targets={made.notify} />}
            <Remarks rule={rule} hasReasons />
            <Targets rule={rule} />
            <section>
              <h3>{rules.deliveries}</h3>
              <DeliveryList rule={rule} deliveries={value.value?.deliveries} />
              <p class="problem" role="status">
                {value.value && fault.value}
              </p>
            </section>
            <DeleteFields
              id="rule-delete"
              name={name}
              text={rules.gone}
              buttonText={rules.deleteRule}
              isAllowed
              fault={deletion.value || undefined}
              onDelete={() => void remove()}
            />
          </>
        )}
      </div>
    </div>
  );
}

/** The targets of a rule, and a test with their answers. */
function Targets({ rule }: { readonly rule: Rule }): JSX.Element {
  const { data } = useBoard();
  const { rules } = words.value;
  const isSending = useSignal(false);
  const answers = useSignal<readonly TestAnswer[]>([]);
  const fault = useSignal('');
  const send = async (): Promise<void> => {
    if (isSending.peek()) return;
    isSending.value = true;
    answers.value = [];
    fault.value = '';
    try {
      answers.value = await testRule(data.base, { dashboard: data.name, rule: rule.rule, ...data.tokenOptions });
    } catch (error) {
      fault.value = toSentence(describeError(error));
    }
    isSending.value = false;
  };
  return (
    <section>
      <h3>{rules.goesTo}</h3>
      <ul class="targets">
        {rule.notify.map(({ host, format }, index) => (
          <li key={index}>
            <bdi>{host}</bdi>
            <small>{rules.formats[format]}</small>
          </li>
        ))}
      </ul>
      {!rule.state.paused && (
        <button type="button" class="button" aria-busy={isSending.value} onClick={() => void send()}>
          {isSending.value ? rules.sending : rules.sendTest}
        </button>
      )}
      <div role="status">
        {(fault.value !== '' || answers.value.length > 0) && (
          <ul class="answers">
            {fault.value !== '' && <Answer isGood={false} text={fault.value} />}
            {answers.value.map((answer, index) => (
              <Answer key={index} isGood={answer.delivered} text={describeAnswer(answer)} />
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function Answer({ isGood, text }: { readonly isGood: boolean; readonly text: string }): JSX.Element {
  return (
    <li data-good={isGood}>
      <LevelSign level={isGood ? 'good' : 'bad'} />
      <span>
        <Sentence text={text} />
      </span>
    </li>
  );
}

function describeAnswer({ host, answer, tookMs }: TestAnswer): string {
  const { rules } = words.value;
  if (typeof answer === 'string') return rules.notAnswered(isolate(answer));
  return rules.answered(isolate(host), isolate(String(answer)), isolate(`${Math.round(tookMs)} ms`));
}
