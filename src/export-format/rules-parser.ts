/** Parses the rules of a dashboard. They have no addresses and no secrets: imported ones are paused. */
import { NAME_PATTERN } from '../counters/counters.js';
import { PERIODS } from '../counters/definition.js';
import type { ExportedRule } from '../store/transfer.port.js';
import {
  createListParser,
  createMapParser,
  createObjectParser,
  createTextParser,
  createWordParser,
  type ParseValue,
} from './field-parser.js';
import { BadLineError } from './line-reader.js';

const MAX_RULES = 1_000;
const MAX_TARGETS = 4;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const CONDITION_KINDS = ['above', 'below', 'silentFor'] as const;

interface Condition {
  readonly of: string;
  readonly in?: string;
  readonly above?: number;
  readonly below?: number;
  readonly silentFor?: string;
  readonly between?: string;
  readonly on?: readonly string[];
}

interface Target {
  readonly host: string;
  readonly format: string;
}

const parseNumber: ParseValue<number> = (value, path) => {
  if (typeof value === 'number') return value;
  throw new BadLineError(`${path} must be a number`);
};

const parseMembers = createObjectParser<Condition>(
  {
    of: createTextParser(NAME_PATTERN),
    in: createWordParser(PERIODS),
    above: parseNumber,
    below: parseNumber,
    silentFor: createTextParser(/^P[\dDTHMS]{2,32}$/),
    between: createTextParser(/^\d\d:\d\d-\d\d:\d\d$/),
    on: createListParser(createWordParser(DAYS), DAYS.length),
  },
  ['of'],
);

const parseCondition: ParseValue<Condition> = (value, path) => {
  const condition = parseMembers(value, path);
  const kinds = CONDITION_KINDS.filter((kind) => condition[kind] !== undefined);
  if (kinds.length === 1) return condition;
  throw new BadLineError(`${path} must have one of ${CONDITION_KINDS.join(', ')}`);
};

const parseRule = createObjectParser<{ when: Condition; clearsAt?: number; notify: readonly Target[] }>(
  {
    when: parseCondition,
    clearsAt: parseNumber,
    notify: createListParser(
      createObjectParser<Target>(
        { host: createTextParser(/^[^\s/]{1,260}$/), format: createWordParser(['cloudevents', 'slack']) },
        ['host', 'format'],
      ),
      MAX_TARGETS,
    ),
  },
  ['when', 'notify'],
);

/** @throws BadLineError */
export const parseRules: ParseValue<readonly ExportedRule[]> = (value, path) => {
  const rules = Object.entries(createMapParser(NAME_PATTERN, parseRule)(value, path));
  if (rules.length > MAX_RULES) throw new BadLineError(`${path} has ${rules.length} rules: at most ${MAX_RULES}`);
  return rules.map(([name, rule]) => ({ name, text: JSON.stringify(rule) }));
};
