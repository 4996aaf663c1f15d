/** Parses the settings of a dashboard and the definitions of its counters, as strictly as the API takes them. */
import { MAX_VALUE, NAME_PATTERN, TEXT_PATTERN } from '../counters/counters.js';
import {
  type CounterDefinition,
  type DashboardSettings,
  type Layout,
  MAX_GROUPS,
  MAX_SCALE,
  MAX_THRESHOLDS,
  MAX_TILES,
  MAX_TITLE_LENGTH,
  MAX_UNIT_LENGTH,
  MAX_ZONE_LENGTH,
  type MeasureDefinition,
  PERIODS,
  type Presentation,
  type Target,
  type Threshold,
  type Tile,
  WEEKDAYS,
} from '../counters/definition.js';
import { checkDefinition } from '../measures/definition-check.js';
import { isTimeZone } from '../measures/time-zone.js';
import type { ExportedCounter, ExportedDashboard } from '../store/transfer.port.js';
import {
  createListParser,
  createMapParser,
  createObjectParser,
  createTextParser,
  createWordParser,
  type FieldParsers,
  parseInteger,
  type ParseValue,
} from './field-parser.js';
import { BadLineError } from './line-reader.js';

type RatioDefinition = Extract<MeasureDefinition, { readonly ratio: unknown }>;
type SumDefinition = Extract<MeasureDefinition, { readonly sum: unknown }>;
type Group = Layout['groups'][number];

/** Returns a parser of text of 1 to `max` UTF-16 code units. */
function createLabelParser(max: number): ParseValue<string> {
  return (value, path) => {
    if (typeof value === 'string' && value !== '' && value.length <= max && TEXT_PATTERN.test(value)) return value;
    throw new BadLineError(`${path} must be a string of 1 to ${max} characters, without NUL and unpaired surrogates`);
  };
}

function createLiteralParser<T extends boolean>(...literals: readonly T[]): ParseValue<T> {
  return (value, path) => {
    const literal = literals.find((known) => known === value);
    if (literal !== undefined) return literal;
    throw new BadLineError(`${path} must be ${literals.join(' or ')}`);
  };
}

/** The check of the whole definition requires integers where they are needed. */
function parseNumber(value: unknown, path: string): number {
  if (typeof value === 'number') return value;
  throw new BadLineError(`${path} must be a number`);
}

const parseTitle = createLabelParser(MAX_TITLE_LENGTH);
const parseUnit = createLabelParser(MAX_UNIT_LENGTH);
const parseName = createTextParser(NAME_PATTERN);

const PRESENTATION: FieldParsers<Presentation> = {
  title: parseTitle,
  unit: parseUnit,
  currency: createTextParser(/^[A-Z]{3}$/),
  scale: (value, path) => parseInteger(value, path, 0, MAX_SCALE),
  headline: createWordParser(['total', ...PERIODS]),
  goodWhen: createWordParser(['up', 'down']),
  target: createObjectParser<Target>({ value: parseNumber, per: createWordParser(PERIODS) }, ['value']),
  thresholds: createListParser(
    createObjectParser<Threshold>({ at: parseNumber, level: createWordParser(['good', 'warn', 'bad']) }, [
      'at',
      'level',
    ]),
    MAX_THRESHOLDS,
  ),
};

const parseRatio = createObjectParser<RatioDefinition>(
  {
    ...PRESENTATION,
    // The check of the whole definition says that there are two.
    ratio: (value, path) => createListParser(parseName)(value, path) as unknown as [string, string],
    percent: createLiteralParser(true, false),
  },
  ['ratio'],
);
const parseSum = createObjectParser<SumDefinition>(
  { ...PRESENTATION, sum: createListParser(createTextParser(/^-?[a-z][a-z0-9_-]{0,63}$/)) },
  ['sum'],
);

function parseMeasure(value: unknown, path: string): MeasureDefinition {
  const hasRatio = typeof value === 'object' && value !== null && 'ratio' in value;
  return hasRatio ? parseRatio(value, path) : parseSum(value, path);
}

const parseTile = createObjectParser<Tile>(
  { show: parseName, size: createWordParser(['small', 'medium', 'large']), hidden: createLiteralParser(true) },
  ['show'],
);
const parseGroup = createObjectParser<Group>({ title: parseTitle, tiles: createListParser(parseTile, MAX_TILES) }, [
  'tiles',
]);

/** The members keep their order. */
export const parseSettings = createObjectParser<DashboardSettings>({
  title: parseTitle,
  timeZone: createLabelParser(MAX_ZONE_LENGTH),
  dayStartsAt: createTextParser(/^(?:[01]\d|2[0-3]):[0-5]\d$/),
  weekStartsOn: createWordParser(WEEKDAYS),
  measures: createMapParser(NAME_PATTERN, parseMeasure),
  layout: createObjectParser<Layout>({ groups: createListParser(parseGroup, MAX_GROUPS) }, ['groups']),
});

/** The members keep their order. */
export const parseCounterDefinition = createObjectParser<CounterDefinition>({
  ...PRESENTATION,
  singular: parseUnit,
  kind: createWordParser(['counter', 'gauge']),
  min: (value, path) => (value === null ? null : parseInteger(value, path, -MAX_VALUE)),
  compareWith: createWordParser(['previous', 'week', 'year']),
});

/** Checks the parts of a definition against each other. @throws BadLineError for the first fault */
export function assertValidDefinition({
  settings,
  counters,
}: Pick<ExportedDashboard, 'settings'> & {
  readonly counters: readonly Pick<ExportedCounter, 'name' | 'definition'>[];
}) {
  const definitions = Object.fromEntries(counters.map(({ name, definition }) => [name, definition]));
  const [fault] = checkDefinition({ settings, counters: definitions }, isTimeZone);
  if (!fault) return;
  const [member = '', name, ...others] = fault.pointer.split('/').slice(1);
  const root =
    member === 'counters'
      ? ['dashboard', 'counters', String(counters.findIndex((counter) => counter.name === name)), 'definition']
      : ['dashboard', 'settings', member, ...(name === undefined ? [] : [name])];
  throw new BadLineError(`${joinPath([...root, ...others])} ${fault.detail}`);
}

/** Names begin with a letter, so that a number is the index of a list. */
function joinPath(steps: readonly string[]): string {
  return steps.map((step, index) => (/^\d/.test(step) ? `[${step}]` : index > 0 ? `.${step}` : step)).join('');
}
