/** The target of a number, which direction is better, and its thresholds. */
import type { JSX } from 'preact';
import { type Level, type Period, PERIODS } from '../../src/client/client.js';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import { LevelSign } from '../signs/level-sign.js';
import { words } from '../words/locale.js';
import { AmountField, AmountInput, type Choice, FieldFault, Segmented, SelectField } from './fields.js';
import { getSign } from './number-fields.js';
import type { SettingsModel } from './settings-model.js';
import type { FormThreshold } from './tile-form.js';

interface FieldsProps {
  readonly model: SettingsModel;
}

const MAX_THRESHOLDS = 3;
const LEVELS: readonly Level[] = ['bad', 'warn', 'good'];

/** Returns the periods of a target. The empty one is a level to reach. */
export function listTargetPeriods(): Choice<'' | Period>[] {
  const { editor } = words.value;
  return [
    ...PERIODS.map((value) => ({ value, text: editor.periods[value] })),
    { value: '' as const, text: editor.onceAndForAll },
  ];
}

/** The amount of a target. */
export function TargetField({
  model,
  id,
  label,
}: FieldsProps & { readonly id: string; readonly label: string }): JSX.Element {
  const form = model.form.value;
  return (
    <AmountField
      id={id}
      label={label}
      note={words.value.editor.optional}
      {...getSign(form)}
      value={form.target}
      fault={model.shownFaults.value.get('target/value')}
      onInput={(target) => model.set({ target })}
      onLeave={() => model.touch('target/value')}
    />
  );
}

export function TargetFields({ model }: FieldsProps): JSX.Element {
  const form = model.form.value;
  const faults = model.shownFaults.value;
  const { editor } = words.value;
  return (
    <fieldset>
      <legend>{editor.target}</legend>
      <div class="grid">
        <TargetField model={model} id="tile-target" label={editor.value} />
        {form.kind !== 'gauge' && (
          <SelectField
            id="tile-per"
            label={editor.forEach}
            value={form.per}
            choices={listTargetPeriods()}
            fault={faults.get('target/per')}
            onChoose={(per) => model.set({ per })}
          />
        )}
        <Segmented
          name="good-when"
          label={editor.betterIs}
          value={form.goodWhen}
          choices={[
            { value: 'up', text: editor.higher },
            { value: 'down', text: editor.lower },
          ]}
          onChoose={(goodWhen) => model.set({ goodWhen })}
        />
        {!model.isNew && <TellWhen model={model} />}
      </div>
    </fieldset>
  );
}

/** Opens the form of a rule, with the target as it stands here. */
function TellWhen({ model }: FieldsProps): JSX.Element {
  const { ui } = useBoard();
  const open = (): void => {
    const { name, target, per } = model.form.peek();
    ui.rules.value = { of: name, target: { text: target, period: per || 'total' } };
  };
  return (
    <div class="wide">
      <button type="button" class="button" onClick={open}>
        <Icon name="note" />
        {words.value.editor.tellWhen}
      </button>
    </div>
  );
}

export function ThresholdFields({ model }: FieldsProps): JSX.Element {
  const { thresholds } = model.form.value;
  const { editor, tile } = words.value;
  const next = LEVELS.find((level) => thresholds.every((one) => one.level !== level)) ?? 'good';
  return (
    <fieldset>
      <legend>{editor.thresholds}</legend>
      <div class="levels">
        {thresholds.length === 0 && <p class="hint">{editor.noThresholds}</p>}
        {thresholds.map((threshold, index) => (
          <ThresholdRow key={index} model={model} threshold={threshold} index={index} />
        ))}
        {thresholds.length < MAX_THRESHOLDS && (
          <button
            type="button"
            class="button"
            data-look="quiet"
            onClick={() => model.set({ thresholds: [...thresholds, { level: next, at: '' }] })}
          >
            <Icon name="plus" />
            {editor.addThreshold(tile.levels[next])}
          </button>
        )}
      </div>
    </fieldset>
  );
}

function ThresholdRow({
  model,
  threshold: { level, at },
  index,
}: FieldsProps & { readonly threshold: FormThreshold; readonly index: number }): JSX.Element {
  const { editor, tile } = words.value;
  const { thresholds } = model.form.value;
  const field = `thresholds/${index}/at`;
  const id = `tile-threshold-${index}`;
  const fault = model.shownFaults.value.get(field);
  const change = (part: Partial<FormThreshold>): void =>
    model.set({ thresholds: thresholds.map((one, other) => (other === index ? { ...one, ...part } : one)) });
  return (
    <>
      <div class="row" data-level={level}>
        <LevelSign level={level} />
        <select
          class="input"
          aria-label={editor.levelOf(index + 1)}
          value={level}
          onChange={({ currentTarget }) => change({ level: LEVELS[currentTarget.selectedIndex] ?? level })}
        >
          {LEVELS.map((choice) => (
            <option key={choice} value={choice} selected={choice === level}>
              {tile.levels[choice]}
            </option>
          ))}
        </select>
        <span class="from" aria-hidden="true">
          {editor.from}
        </span>
        <AmountInput
          id={id}
          accessibleName={editor.levelFrom(tile.levels[level])}
          {...getSign(model.form.value)}
          value={at}
          fault={fault}
          onInput={(text) => change({ at: text })}
          onLeave={() => model.touch(field)}
        />
        <button
          type="button"
          class="button"
          data-look="quiet"
          data-icon
          title={editor.removeThreshold(tile.levels[level])}
          aria-label={editor.removeThreshold(tile.levels[level])}
          onClick={() => model.set({ thresholds: thresholds.filter((_, other) => other !== index) })}
        >
          <Icon name="trash" />
        </button>
      </div>
      <FieldFault id={id} fault={fault} />
    </>
  );
}
