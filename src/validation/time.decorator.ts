/** Decorators for query parameters that are parsed from text: times, and other texts with a parser of their own. */
import { Transform } from 'class-transformer';
import { IsInt, isISO8601, Max, Min } from 'class-validator';
import { createShapeError } from './validation.pipe.js';

/** Largest time of a JavaScript `Date`, milliseconds since the Unix epoch (ECMA-262, 21.4.1.1). */
const MAX_TIME_MS = 8_640_000_000_000_000;
const ZONED_TIME = /T.*(Z|[+-]\d\d:?\d\d)$/;
const TIME_MESSAGE = 'must be one time: ISO 8601 with a time zone, or milliseconds since the Unix epoch';

/** Converts a time to milliseconds since the Unix epoch. Returns other values unchanged, for validation to refuse. */
function parseQueryTime(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if (/^\d{1,16}$/.test(text)) return Number(text);
  // An unescaped "+" of a time zone arrives as a space.
  const iso = text.replace(/ (?=\d\d:?\d\d$)/, '+');
  return ZONED_TIME.test(iso) && isISO8601(iso, { strict: true }) ? Date.parse(iso) : text;
}

/**
 * Parses a time that is no member of a query class: ISO 8601 with a time zone, or milliseconds since the Unix epoch.
 * @param value as the query parser returns it
 * @returns milliseconds since the Unix epoch; undefined if the parameter is absent
 * @throws TallyError `invalid-request`
 */
export function parseTimeParameter(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const time = parseQueryTime(value);
  if (typeof time === 'number' && time >= 0 && time <= MAX_TIME_MS) return time;
  throw createShapeError('the query', [{ parameter: name, detail: TIME_MESSAGE }]);
}

/** A parameter that is parsed from text and then held to rules. A text that is no such value stays, to be refused. */
export function ParsedParameter(parse: (text: unknown) => unknown, rules: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of [Transform(({ value }: { value: unknown }) => parse(value)), ...rules])
      decorate(target, property);
  };
}

/** A time of a query: ISO 8601 with a time zone, or milliseconds since the Unix epoch. */
export function TimeParameter(): PropertyDecorator {
  const message = TIME_MESSAGE;
  return ParsedParameter(parseQueryTime, [IsInt({ message }), Min(0, { message }), Max(MAX_TIME_MS, { message })]);
}
