/** Checks what the shape of a definition cannot say: names that must exist, limits, order, and contradictions. */
import {
  type CounterDefinition,
  type DashboardSettings,
  MAX_MEASURES,
  MAX_SCALE,
  MAX_TERMS,
  MAX_THRESHOLDS,
  type MeasureDefinition,
  type Presentation,
} from '../counters/definition.js';
import { isCurrency } from './currency-digits.js';
import { isRatio, parseTerm } from './derived-measure.js';
import { getLowestTarget, getLowestThreshold } from './lowest-limits.js';

/** The definition of a dashboard, as it would be after a change. Its shape and its names are valid. */
export interface Definition {
  readonly settings: DashboardSettings;
  readonly counters: Readonly<Record<string, CounterDefinition>>;
}

/** An invalid part of a definition. */
export interface DefinitionFault {
  /** JSON pointer (RFC 6901), for example `/measures/basket/ratio/1`. */
  readonly pointer: string;
  /** The fault and its remedy, to be read after the pointer. */
  readonly detail: string;
}

/** Returns all faults of a definition, in its order; none if it is valid. */
export function checkDefinition(definition: Definition, isTimeZone: (name: string) => boolean): DefinitionFault[] {
  const { settings, counters } = definition;
  const { timeZone, measures = {} } = settings;
  const names = Object.keys(measures);
  return [
    ...(timeZone === undefined || isTimeZone(timeZone)
      ? []
      : fault('/timeZone', 'is not a known time zone: use a name such as Europe/Berlin or UTC')),
    ...Object.entries(counters).flatMap(([name, counter]) => checkCounter(`/counters/${name}`, counter)),
    ...(names.length <= MAX_MEASURES
      ? []
      : fault('/measures', `has ${names.length} measures: at most ${MAX_MEASURES} are allowed`)),
    ...names.flatMap((name) => checkMeasureName(definition, name)),
    ...Object.entries(measures).flatMap(([name, measure]) => checkMeasure(definition, `/measures/${name}`, measure)),
    ...checkLayout(definition),
  ];
}

function fault(pointer: string, detail: string): [DefinitionFault] {
  return [{ pointer, detail }];
}

function checkCounter(pointer: string, counter: CounterDefinition): DefinitionFault[] {
  const { kind, headline, target } = counter;
  const faults = [...checkPresentation(pointer, counter, 'integer'), ...checkLimits(pointer, counter)];
  if (kind !== 'gauge') return faults;
  if (headline !== undefined && headline !== 'total')
    faults.push(...fault(`${pointer}/headline`, 'must be total: a gauge has a level, and no number of a period'));
  if (target?.per !== undefined)
    faults.push(...fault(`${pointer}/target/per`, 'is not for gauges: leave it out, the target is a level to reach'));
  return faults;
}

/** Compares target and thresholds with the lowest value. */
function checkLimits(pointer: string, counter: CounterDefinition): DefinitionFault[] {
  const { target, thresholds = [] } = counter;
  const check = (where: string, number: number, lowest = -Infinity): DefinitionFault[] =>
    number < lowest
      ? fault(where, `must be at least ${lowest}, since the counter never goes below it: raise it, or lower min`)
      : [];
  return [
    ...(target ? check(`${pointer}/target/value`, target.value, getLowestTarget(counter)) : []),
    ...thresholds.flatMap(({ at }, index) =>
      check(`${pointer}/thresholds/${index}/at`, at, getLowestThreshold(counter)),
    ),
  ];
}

/** @param numbers `integer` of the smallest unit, for counters, or `decimal`, for measures */
function checkPresentation(
  pointer: string,
  { scale, currency, target, thresholds = [] }: Presentation,
  numbers: 'integer' | 'decimal',
): DefinitionFault[] {
  const faults: DefinitionFault[] = [];
  const checkNumber = (where: string, number: number): void => {
    if (numbers === 'integer' && !Number.isSafeInteger(number))
      faults.push(...fault(where, 'must be an integer of the smallest unit: 12480 for 124.80 at scale 2'));
    else if (!Number.isFinite(number)) faults.push(...fault(where, 'must be a number'));
  };
  if (scale !== undefined && !(Number.isInteger(scale) && scale >= 0 && scale <= MAX_SCALE))
    faults.push(...fault(`${pointer}/scale`, `must be an integer from 0 to ${MAX_SCALE}`));
  if (currency !== undefined && !isCurrency(currency))
    faults.push(
      ...fault(`${pointer}/currency`, 'is not a currency of ISO 4217: use a code such as EUR, or set unit and scale'),
    );
  if (target?.value === 0) faults.push(...fault(`${pointer}/target/value`, 'must not be 0: leave the target out'));
  else if (target) checkNumber(`${pointer}/target/value`, target.value);
  if (thresholds.length > MAX_THRESHOLDS)
    faults.push(
      ...fault(`${pointer}/thresholds`, `has ${thresholds.length} thresholds: at most ${MAX_THRESHOLDS} are allowed`),
    );
  for (const [index, { at }] of thresholds.entries()) {
    const before = thresholds[index - 1];
    const where = `${pointer}/thresholds/${index}/at`;
    checkNumber(where, at);
    if (before && at <= before.at) faults.push(...fault(where, `must be above the one before: more than ${before.at}`));
  }
  return faults;
}

function checkMeasureName({ counters }: Definition, name: string): DefinitionFault[] {
  return Object.hasOwn(counters, name)
    ? fault(`/measures/${name}`, 'is the name of a counter too: choose another name')
    : [];
}

function checkMeasure(definition: Definition, pointer: string, measure: MeasureDefinition): DefinitionFault[] {
  const faults = checkPresentation(pointer, measure, 'decimal');
  if (isRatio(measure)) {
    if (measure.ratio.length !== 2)
      faults.push(...fault(`${pointer}/ratio`, 'must name two counters: the dividend and the divisor'));
    if (measure.percent && measure.currency !== undefined)
      faults.push(...fault(`${pointer}/currency`, 'is not for percentages: leave out currency or percent'));
    const partFaults = measure.ratio.map((name, index) => checkPart(definition, `${pointer}/ratio/${index}`, name));
    return [...faults, ...partFaults.flat()];
  }
  const { length } = measure.sum;
  if (length === 0 || length > MAX_TERMS)
    faults.push(...fault(`${pointer}/sum`, `has ${length} terms: must have 1 to ${MAX_TERMS}`));
  const termFaults = measure.sum.map((term, index) =>
    checkPart(definition, `${pointer}/sum/${index}`, parseTerm(term).counter),
  );
  return [...faults, ...termFaults.flat()];
}

function checkPart({ counters, settings }: Definition, pointer: string, name: string): DefinitionFault[] {
  if (Object.hasOwn(counters, name)) return [];
  return Object.hasOwn(settings.measures ?? {}, name)
    ? fault(pointer, `is ${name}, a measure: name counters only`)
    : fault(pointer, `is ${name}, which is no counter of this dashboard: define the counter, or correct the name`);
}

function checkLayout({ settings, counters }: Definition): DefinitionFault[] {
  const shown = new Set<string>();
  const groups = settings.layout?.groups ?? [];
  return groups.flatMap(({ tiles }, group) =>
    tiles.flatMap(({ show }, index) => {
      const pointer = `/layout/groups/${group}/tiles/${index}/show`;
      if (shown.has(show)) return fault(pointer, `shows ${show} again: leave one of the two tiles out`);
      shown.add(show);
      return Object.hasOwn(counters, show) || Object.hasOwn(settings.measures ?? {}, show)
        ? []
        : fault(
            pointer,
            `is ${show}, which is no counter or measure of this dashboard: define it, or correct the name`,
          );
    }),
  );
}
