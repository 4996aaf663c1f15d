/** Settings of a number: its title, how it is read, which period it shows, and what that is compared with. */
import type { JSX } from 'preact';
import { type Period, PERIODS } from '../../src/client/client.js';
import { getCurrencyDigits, isCurrency } from '../../src/measures/currency-digits.js';
import { Icon } from '../signs/icon.js';
import { locale, words } from '../words/locale.js';
import { AmountField, type Choice, SelectField, TextField } from './fields.js';
import { toName } from './new-name.js';
import type { SettingsModel } from './settings-model.js';
import { getFormReading, isMeasureForm, type NumberFormat, type TileForm } from './tile-form.js';

interface FieldsProps {
  readonly model: SettingsModel;
}

/** Longest title and unit that the service takes, UTF-16 code units. */
const [MAX_TITLE_LENGTH, MAX_UNIT_LENGTH] = [200, 40];
const COMPARISONS: readonly TileForm['compareWith'][] = ['', 'previous', 'week', 'year'];

export function NumberFields({ model }: FieldsProps): JSX.Element {
  const form = model.form.value;
  const faults = model.shownFaults.value;
  const { editor } = words.value;
  const { isNew } = model;
  const isMeasure = isMeasureForm(form);
  const isFixed = !isNew && !isMeasure;
  const setTitle = (title: string): void => {
    const followsTitle = isNew && form.name === toName(form.title, model.definition.peek());
    model.set({ title, ...(followsTitle && { name: toName(title, model.definition.peek()) }) });
  };
  const formats: readonly NumberFormat[] = form.kind === 'ratio' ? ['number', 'money', 'percent'] : ['number', 'money'];
  return (
    <fieldset>
      <legend>{editor.number}</legend>
      <div class="grid">
        <TextField
          id="tile-title"
          label={editor.title}
          isWide={!isNew}
          takesFocus
          maxLength={MAX_TITLE_LENGTH}
          value={form.title}
          placeholder={form.name}
          fault={faults.get('title')}
          onInput={setTitle}
        />
        {isNew && (
          <TextField
            id="tile-name"
            label={editor.name}
            note={editor.nameNote}
            maxLength={64}
            value={form.name}
            fault={faults.get('name')}
            onInput={(name) => model.set({ name })}
            onLeave={() => model.touch('name')}
          />
        )}
        <SelectField
          id="tile-format"
          label={editor.counts}
          value={form.format}
          choices={formats.map((value) => ({ value, text: editor.formats[value] }))}
          fault={undefined}
          onChoose={(format) => model.set({ format })}
        />
        {form.format === 'money' ? (
          <SelectField
            id="tile-currency"
            label={editor.currency}
            value={form.currency}
            choices={listCurrencies(locale.value, form.currency)}
            fault={faults.get('currency')}
            onChoose={(currency) => model.set({ currency })}
          />
        ) : (
          <TextField
            id="tile-unit"
            label={editor.unit}
            note={editor.optional}
            maxLength={MAX_UNIT_LENGTH}
            value={form.unit}
            isDisabled={form.format === 'percent'}
            placeholder={form.format === 'percent' ? '%' : ''}
            fault={faults.get('unit')}
            onInput={(unit) => model.set({ unit })}
          />
        )}
        <SelectField
          id="tile-scale"
          label={editor.decimals}
          value={isFixed ? String(getFormReading(form, model.definition.value).scale) : form.scale}
          choices={listScales(form, getFormReading({ ...form, scale: '' }, model.definition.value).scale)}
          isDisabled={isFixed}
          fault={faults.get('scale')}
          onChoose={(scale) => model.set({ scale })}
        />
        <PeriodFields model={model} />
        {isFixed && (
          <p class="hint wide">
            <Icon name="lock" />
            {editor.fixed}
          </p>
        )}
      </div>
    </fieldset>
  );
}

function PeriodFields({ model }: FieldsProps): JSX.Element {
  const form = model.form.value;
  const faults = model.shownFaults.value;
  const { editor, running } = words.value;
  const { sign } = getSign(form);
  const shows: readonly Choice<TileForm['headline']>[] = [
    ...PERIODS.map((value) => ({ value, text: running[value] })),
    { value: 'total', text: form.kind === 'gauge' ? editor.levelNow : running.total },
  ];
  return (
    <>
      <SelectField
        id="tile-headline"
        label={editor.shows}
        value={form.headline}
        choices={shows}
        isDisabled={form.kind === 'gauge'}
        fault={faults.get('headline')}
        onChoose={(headline) => model.set({ headline, ...suggestPer(form, headline) })}
      />
      {form.kind === 'counter' && form.headline !== 'total' && (
        <SelectField
          id="tile-compare"
          label={editor.comparedWith}
          value={form.compareWith}
          choices={listComparisons(form.headline)}
          fault={faults.get('compareWith')}
          onChoose={(compareWith) => model.set({ compareWith })}
        />
      )}
      {!isMeasureForm(form) && (
        <AmountField
          id="tile-min"
          label={editor.lowest}
          note={editor.lowestNote}
          sign={sign}
          value={form.min}
          fault={faults.get('min')}
          onInput={(min) => model.set({ min })}
          onLeave={() => model.touch('min')}
        />
      )}
    </>
  );
}

/** A target that is not set yet is suggested for the period that is shown. */
export function suggestPer({ target, per }: TileForm, headline: TileForm['headline']): Pick<TileForm, 'per'> {
  return { per: headline === 'total' || target !== '' ? per : headline };
}

function listComparisons(headline: Period): Choice<TileForm['compareWith']>[] {
  const texts = words.value.editor.compared[headline];
  return COMPARISONS.flatMap((value) => {
    const text = texts[value === '' ? 'usual' : value];
    return text === undefined ? [] : [{ value, text }];
  });
}

/** Returns what stands before amounts of a form. */
export function getSign(form: Pick<TileForm, 'format' | 'currency'>): { readonly sign: string | undefined } {
  if (form.format === 'percent') return { sign: '%' };
  if (form.format !== 'money' || !isCurrency(form.currency)) return { sign: undefined };
  const parts = new Intl.NumberFormat(locale.value, { style: 'currency', currency: form.currency }).formatToParts(0);
  return { sign: parts.find(({ type }) => type === 'currency')?.value };
}

/** Returns the currencies that people name, with the chosen one, in the order of the reader's language. */
function listCurrencies(language: string, chosen: string): Choice<string>[] {
  const names = new Intl.DisplayNames(language, { type: 'currency' });
  const codes = new Set([chosen, ...Intl.supportedValuesOf('currency').filter(isCurrency)]);
  const choices = [...codes].map((value) => ({ value, text: names.of(value) ?? value }));
  return choices.toSorted((a, b) => a.text.localeCompare(b.text, language));
}

function listScales({ format, currency }: TileForm, usual: number): Choice<string>[] {
  const { editor } = words.value;
  const scales = Array.from({ length: 10 }, (_, scale) => ({ value: String(scale), text: editor.scale(scale) }));
  const digits = format === 'money' ? (getCurrencyDigits(currency) ?? usual) : usual;
  return [{ value: '', text: editor.usualScale(editor.scale(digits)) }, ...scales];
}
