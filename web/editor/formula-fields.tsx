/** The formula of a measure: two counters of a ratio, or the terms of a sum. */
import type { JSX } from 'preact';
import { parseTerm } from '../../src/measures/derived-measure.js';
import { Icon } from '../signs/icon.js';
import { words } from '../words/locale.js';
import { type Choice, FieldFault, SelectField } from './fields.js';
import type { SettingsModel } from './settings-model.js';

interface FieldsProps {
  readonly model: SettingsModel;
}

const MAX_TERMS = 32;

function listCounters(model: SettingsModel): Choice<string>[] {
  const { counters } = model.definition.value;
  const choices = Object.entries(counters).map(([value, { title = value }]) => ({ value, text: title }));
  return [{ value: '', text: words.value.editor.choose }, ...choices];
}

export function FormulaFields({ model }: FieldsProps): JSX.Element {
  const { editor } = words.value;
  return (
    <fieldset>
      <legend>{editor.formula}</legend>
      {model.form.value.kind === 'ratio' ? <RatioFields model={model} /> : <SumFields model={model} />}
    </fieldset>
  );
}

function RatioFields({ model }: FieldsProps): JSX.Element {
  const { ratio } = model.form.value;
  const [over, under] = ratio;
  const faults = model.shownFaults.value;
  const { editor } = words.value;
  const choices = listCounters(model);
  return (
    <div class="grid">
      <SelectField
        id="tile-over"
        label={editor.dividend}
        value={over}
        choices={choices}
        fault={faults.get('ratio/0') ?? faults.get('ratio')}
        onChoose={(counter) => model.set({ ratio: [counter, under] })}
      />
      <SelectField
        id="tile-under"
        label={editor.divisor}
        value={under}
        choices={choices}
        fault={faults.get('ratio/1')}
        onChoose={(counter) => model.set({ ratio: [over, counter] })}
      />
    </div>
  );
}

function SumFields({ model }: FieldsProps): JSX.Element {
  const { sum } = model.form.value;
  const faults = model.shownFaults.value;
  const { editor } = words.value;
  const choices = listCounters(model);
  const change = (index: number, term: string): void => model.set({ sum: sum.with(index, term) });
  return (
    <div class="levels">
      {sum.map((term, index) => {
        const { counter, subtracts } = parseTerm(term);
        const fault = faults.get(`sum/${index}`);
        const id = `tile-term-${index}`;
        return (
          <div key={index}>
            <div class="term">
              <select
                class="input"
                aria-label={editor.signOf(index + 1)}
                onChange={({ currentTarget }) => change(index, `${currentTarget.value}${counter}`)}
              >
                <option value="" selected={!subtracts}>
                  +
                </option>
                <option value="-" selected={subtracts}>
                  −
                </option>
              </select>
              <select
                id={id}
                class="input"
                aria-label={editor.term(index + 1)}
                aria-invalid={fault !== undefined || undefined}
                aria-describedby={`${id}-fault`}
                onChange={({ currentTarget }) => change(index, `${subtracts ? '-' : ''}${currentTarget.value}`)}
              >
                {choices.map((choice) => (
                  <option key={choice.value} value={choice.value} selected={choice.value === counter}>
                    {choice.text}
                  </option>
                ))}
              </select>
              <button
                type="button"
                class="button"
                data-look="quiet"
                data-icon
                title={editor.removeTerm(index + 1)}
                aria-label={editor.removeTerm(index + 1)}
                onClick={() => model.set({ sum: sum.toSpliced(index, 1) })}
              >
                <Icon name="trash" />
              </button>
            </div>
            <FieldFault id={id} fault={fault} />
          </div>
        );
      })}
      {sum.length < MAX_TERMS && (
        <button type="button" class="button" data-look="quiet" onClick={() => model.set({ sum: [...sum, ''] })}>
          <Icon name="plus" />
          {editor.addTerm}
        </button>
      )}
    </div>
  );
}
