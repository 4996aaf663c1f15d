/** The form of a new rule. */
import type { JSX } from 'preact';
import { useSignal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { type DashboardDefinition, PERIODS } from '../../src/client/client.js';
import { defineRule, listRules, type Rule } from '../../src/client/rules.js';
import { getPresentation } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { Dialog } from '../editor/dialog.js';
import { AmountField, Segmented, SelectField, TextField } from '../editor/fields.js';
import { describeFormFault, mapRefusals } from '../editor/form-words.js';
import { getSign } from '../editor/number-fields.js';
import { toStoreFailure } from '../editor/store-definition.js';
import { toTileForm } from '../editor/tile-form.js';
import { locale, words } from '../words/locale.js';
import {
  createRuleForm,
  isGauge,
  nameRule,
  readRuleForm,
  type RuleFault,
  type RuleForm,
  type RuleSubject,
  suggestLimit,
} from './rule-form.js';

interface RuleFormDialogProps {
  readonly definition: DashboardDefinition;
  readonly subject: RuleSubject;
  /** Called with the rule and its secrets. */
  readonly onMade: (rule: Rule) => void;
  readonly onClose: () => void;
}

const KINDS = ['above', 'below', 'silent'] as const;
const FORMATS = ['cloudevents', 'slack'] as const;
const UNITS = ['minutes', 'hours', 'days'] as const;

export function RuleFormDialog({ definition, subject, onMade, onClose }: RuleFormDialogProps): JSX.Element {
  const { data } = useBoard();
  const [initial] = useState(() => createRuleForm(definition, subject, locale.peek()));
  const form = useSignal(initial);
  const faults = useSignal<ReadonlyMap<string, string>>(new Map());
  const isBusy = useSignal(false);
  const { rules, editor, running } = words.value;
  const { of, kind, limit, period, time, unit, format, url } = form.value;
  const set = (change: Partial<RuleForm>): void => {
    form.value = { ...form.peek(), ...change };
    faults.value = new Map();
  };
  const describe = (fault: RuleFault): string => {
    if (fault === 'no-address') return rules.faults.address;
    if (fault === 'no-time') return rules.faults.time;
    if (fault === 'empty') return rules.faults.limit;
    return describeFormFault({ kind: fault, text: limit }, toTileForm(definition, of, locale.peek()), definition);
  };
  const create = async (): Promise<boolean> => {
    const read = readRuleForm(form.peek(), definition, locale.peek());
    if (!read.rule) {
      faults.value = new Map([...read.faults].map(([field, fault]) => [field, describe(fault)]));
      return false;
    }
    const options = { dashboard: data.name, ...data.tokenOptions };
    isBusy.value = true;
    try {
      const taken = new Set((await listRules(data.base, options)).map(({ rule }) => rule));
      const name = nameRule(form.peek(), taken);
      onMade(await defineRule(data.base, { ...options, rule: name, definition: read.rule }));
      return true;
    } catch (error) {
      const { message, problem } = toStoreFailure(error);
      faults.value = mapRefusals(problem, message, '');
    }
    isBusy.value = false;
    return false;
  };
  const count = [...faults.value.keys()].filter((field) => field !== '').length;
  return (
    <Dialog
      title={rules.newRule}
      problem={faults.value.get('') ?? (count > 0 ? editor.fieldsToCheck(count) : undefined)}
      submitText={rules.create}
      isBusy={isBusy.value}
      isNarrow
      isChanged={() => !isBusy.peek() && JSON.stringify(form.peek()) !== JSON.stringify(initial)}
      onSubmit={create}
      onClose={onClose}
    >
      <div class="form">
        <fieldset>
          <legend>{rules.when}</legend>
          <div class="grid">
            <SelectField
              id="rule-of"
              label={rules.subject}
              isWide
              value={of}
              choices={data.names.value.map((name) => ({
                value: name,
                text: getPresentation(definition, name).title ?? name,
              }))}
              fault={faults.value.get('when/of')}
              onChoose={(chosen) => set({ of: chosen, ...suggestLimit(definition, { of: chosen }, locale.peek()) })}
            />
            <SelectField
              id="rule-kind"
              label={rules.condition}
              isWide
              value={kind}
              choices={KINDS.map((value) => ({ value, text: rules.kinds[value] }))}
              onChoose={(chosen) => set({ kind: chosen })}
            />
            {kind === 'silent' ? (
              <>
                <TextField
                  id="rule-time"
                  label={rules.time}
                  value={time}
                  fault={faults.value.get('when/silentFor')}
                  onInput={(text) => set({ time: text })}
                />
                <SelectField
                  id="rule-unit"
                  label={editor.unit}
                  value={unit}
                  choices={UNITS.map((value) => ({ value, text: rules.units[value] }))}
                  onChoose={(chosen) => set({ unit: chosen })}
                />
              </>
            ) : (
              <>
                <AmountField
                  id="rule-limit"
                  label={rules.limit}
                  {...getSign(toTileForm(definition, of, locale.value))}
                  value={limit}
                  fault={faults.value.get(`when/${kind}`)}
                  onInput={(text) => set({ limit: text })}
                />
                {!isGauge(definition, of) && (
                  <SelectField
                    id="rule-period"
                    label={rules.period}
                    value={period}
                    choices={(['total', ...PERIODS] as const).map((value) => ({ value, text: running[value] }))}
                    fault={faults.value.get('when/in')}
                    onChoose={(chosen) => set({ period: chosen })}
                  />
                )}
              </>
            )}
            <p class="hint wide">{rules.startsNow}</p>
          </div>
        </fieldset>
        <fieldset>
          <legend>{rules.where}</legend>
          <div class="grid">
            <Segmented
              name="rule-format"
              label={editor.kind}
              value={format}
              choices={FORMATS.map((value) => ({ value, text: rules.formats[value] }))}
              onChoose={(chosen) => set({ format: chosen })}
            />
            <TextField
              id="rule-url"
              label={rules.address}
              isWide
              maxLength={2_048}
              value={url}
              placeholder={format === 'slack' ? 'https://hooks.slack.com/services/…' : 'https://example.com/hooks'}
              hint={rules.addressHints[format]}
              fault={faults.value.get('notify/0/url')}
              onInput={(text) => set({ url: text })}
            />
          </div>
        </fieldset>
      </div>
    </Dialog>
  );
}
