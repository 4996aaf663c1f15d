/** Reads a form of settings: the definition that it describes, or the faults of its fields. Pure. */
import { NAME_PATTERN } from '../app/name-pattern.js';
import type {
  CounterDefinition,
  DashboardDefinition,
  DashboardSettings,
  MeasureDefinition,
  NewDefinition,
  Target,
  Threshold,
} from '../../src/client/client.js';
import { toDecimalText } from '../../src/measures/decimal.js';
import { parseTerm } from '../../src/measures/derived-measure.js';
import { formatNumber, type NumberReading } from '../../src/measures/format.js';
import { removeTiles } from '../../src/measures/layout.js';
import { getLowestTarget, getLowestThreshold } from '../../src/measures/lowest-limits.js';
import { getPresentation } from '../../src/measures/shown-number.js';
import { type NumberFault, parseTypedNumber } from '../activity/typed-number.js';
import { getFormReading, isMeasureForm, type TileForm } from './tile-form.js';

/** Faults that the page finds itself. `before` is the threshold before, `lowest` the least that is allowed. */
export type FormFault =
  | { readonly kind: Exclude<NumberFault, 'empty'>; readonly text: string }
  | { readonly kind: 'empty' | 'untitled' | 'zero' | 'not-chosen' | 'name-taken' | 'malformed-name' }
  | { readonly kind: 'not-above'; readonly before: number }
  | { readonly kind: 'below-lowest'; readonly lowest: number };

/** Fields by the rest of their JSON pointer: `title`, `target/value`, `thresholds/1/at`, `ratio/0`. */
export type FormFaults = ReadonlyMap<string, FormFault>;

export interface ReadForm {
  readonly name: string;
  /** Without what is faulty. */
  readonly presentation: CounterDefinition | MeasureDefinition;
  readonly faults: FormFaults;
}

/**
 * @param definition of the board, whose names are taken
 * @param isNew true to check the name
 * @param locale BCP 47 tag
 */
export function readTileForm(
  form: TileForm,
  definition: DashboardDefinition,
  isNew: boolean,
  locale: string,
): ReadForm {
  const faults = new Map<string, FormFault>();
  const reading = getFormReading(form, definition);
  const isMeasure = isMeasureForm(form);
  const readAmount = (field: string, text: string): number | undefined => {
    const typed = parseTypedNumber(text, reading, locale);
    if ('units' in typed) return isMeasure ? Number(toDecimalText(typed.units, reading.scale)) : typed.units;
    faults.set(field, typed.fault === 'empty' ? { kind: 'empty' } : { kind: typed.fault, text });
    return undefined;
  };
  const title = form.title.trim();
  if (title === '') faults.set('title', { kind: 'untitled' });
  else if (isNew) {
    if (!NAME_PATTERN.test(form.name)) faults.set('name', { kind: 'malformed-name' });
    else if (Object.hasOwn({ ...definition.counters, ...definition.measures }, form.name))
      faults.set('name', { kind: 'name-taken' });
  }
  const { target, thresholds } = { target: readTarget(form, readAmount, faults), thresholds: readThresholds() };
  function readThresholds(): Threshold[] {
    const read: Threshold[] = [];
    for (const [index, { level, at }] of form.thresholds.entries()) {
      const number = readAmount(`thresholds/${index}/at`, at);
      if (number === undefined) continue;
      const before = read.at(-1)?.at;
      if (before === undefined || number > before) read.push({ at: number, level });
      else faults.set(`thresholds/${index}/at`, { kind: 'not-above', before });
    }
    return read;
  }
  // What has no title goes by its name: that is no title of its own.
  const isUntitled = !isNew && title === form.name && getPresentation(definition, form.name).title === undefined;
  const common = {
    ...(title !== '' && !isUntitled && { title }),
    ...toFormat(reading),
    ...(form.headline !== 'total' && form.kind !== 'gauge' && { headline: form.headline }),
    ...(form.goodWhen === 'down' && { goodWhen: form.goodWhen }),
    ...(target && { target }),
    ...(thresholds.length > 0 && { thresholds }),
  };
  const presentation = { ...common, ...readOwnPart(form, isNew, readAmount, faults) };
  if (!isMeasure) checkLimits(presentation, faults);
  return { name: form.name, faults, presentation };
}

/** Refuses targets and thresholds that the counter never goes below. */
function checkLimits(counter: CounterDefinition, faults: Map<string, FormFault>): void {
  const check = (field: string, number: number | undefined, lowest: number | undefined): void => {
    if (number !== undefined && lowest !== undefined && number < lowest && !faults.has(field))
      faults.set(field, { kind: 'below-lowest', lowest });
  };
  check('target/value', counter.target?.value, getLowestTarget(counter));
  for (const [index, { at }] of (counter.thresholds ?? []).entries())
    check(`thresholds/${index}/at`, at, getLowestThreshold(counter));
}

type ReadAmount = (field: string, text: string) => number | undefined;

function readTarget(
  { kind, target, per }: TileForm,
  readAmount: ReadAmount,
  faults: Map<string, FormFault>,
): Target | undefined {
  if (target.trim() === '') return undefined;
  const value = readAmount('target/value', target);
  if (value === 0) faults.set('target/value', { kind: 'zero' });
  return value === undefined || value === 0 ? undefined : { value, ...(per !== '' && kind !== 'gauge' && { per }) };
}

function toFormat({ currency, unit }: NumberReading): Pick<CounterDefinition, 'currency' | 'unit'> {
  return { ...(currency !== undefined && { currency }), ...(unit !== undefined && { unit }) };
}

/** Returns what only counters have, or only measures. */
function readOwnPart(
  form: TileForm,
  isNew: boolean,
  readAmount: ReadAmount,
  faults: Map<string, FormFault>,
): CounterDefinition | MeasureDefinition {
  const scale = /^[0-9]$/.test(form.scale) ? { scale: Number(form.scale) } : {};
  if (form.kind === 'ratio') {
    for (const [index, counter] of form.ratio.entries())
      if (counter === '') faults.set(`ratio/${index}`, { kind: 'not-chosen' });
    return { ratio: form.ratio, ...(form.format === 'percent' && { percent: true }), ...scale };
  }
  if (form.kind === 'sum') {
    for (const [index, term] of form.sum.entries())
      if (parseTerm(term).counter === '') faults.set(`sum/${index}`, { kind: 'not-chosen' });
    return { sum: form.sum, ...scale };
  }
  const min = form.min.trim() === '' ? null : readAmount('min', form.min);
  return {
    ...(form.kind === 'gauge' && { kind: 'gauge' }),
    // Fixed from the beginning, so that it is said once.
    ...(isNew && scale),
    ...(form.compareWith !== '' && form.kind === 'counter' && { compareWith: form.compareWith }),
    ...(min !== 0 && min !== undefined && { min }),
  };
}

/** Returns the form with its amounts as the locale writes them; what cannot be read stays as it was typed. */
export function rewriteAmounts(form: TileForm, definition: DashboardDefinition, locale: string): TileForm {
  const reading = getFormReading(form, definition);
  const rewrite = (text: string): string => {
    const typed = parseTypedNumber(text, reading, locale);
    return 'units' in typed ? formatNumber(typed.units, { scale: reading.scale }, locale) : text;
  };
  const thresholds = form.thresholds.map(({ level, at }) => ({ level, at: rewrite(at) }));
  return { ...form, target: rewrite(form.target), min: rewrite(form.min), thresholds };
}

/** Members that the form of a counter does not have: they stay as they are. `scale` and `kind` are fixed anyway. */
const KEPT_MEMBERS = ['singular', 'scale', 'kind'] as const satisfies readonly (keyof CounterDefinition)[];

/**
 * Returns the definition with the counter or measure of a form. It is to replace the present one: a merge patch could
 * not say that a counter has no lowest value, since `null` takes a member away (RFC 7396).
 */
export function putTile(definition: DashboardDefinition, { name, presentation }: ReadForm): NewDefinition {
  const settings = getSettings(definition);
  if ('ratio' in presentation || 'sum' in presentation)
    return { ...settings, measures: { ...settings.measures, [name]: presentation } };
  const present: CounterDefinition = Object.hasOwn(definition.counters, name) ? (definition.counters[name] ?? {}) : {};
  const kept = Object.fromEntries(KEPT_MEMBERS.flatMap((key) => (key in present ? [[key, present[key]]] : [])));
  return { ...settings, counters: { [name]: { ...kept, ...presentation } } };
}

/** Returns the definition without a measure and its tile. */
export function removeMeasure(definition: DashboardDefinition, name: string): NewDefinition {
  const settings = removeTiles(getSettings(definition), name);
  const { [name]: _, ...measures } = settings.measures ?? {};
  return { ...settings, measures };
}

/** Returns what belongs to a dashboard beside its counters. */
export function getSettings(definition: DashboardDefinition): DashboardSettings {
  const { title, timeZone, dayStartsAt, weekStartsOn, measures, layout } = definition;
  return {
    ...(title !== undefined && { title }),
    ...(timeZone !== undefined && { timeZone }),
    ...(dayStartsAt !== undefined && { dayStartsAt }),
    ...(weekStartsOn !== undefined && { weekStartsOn }),
    ...(measures && { measures }),
    ...(layout && { layout }),
  };
}
