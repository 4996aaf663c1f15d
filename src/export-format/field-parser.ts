/** Validates the fields of a line. Errors name the path of the field, such as `dashboard.counters[0].added`. */
import { type CounterTotals, MAX_TOTAL, MAX_VALUE } from '../counters/counters.js';
import { BadLineError } from './line-reader.js';

/** Parses the value of a field. @param path path of the field in the line, for messages @throws BadLineError */
export type ParseValue<T> = (value: unknown, path: string) => T;

/** The parsers of all fields of an object, by name. */
export type FieldParsers<T> = { readonly [Name in keyof T]-?: ParseValue<Exclude<T[Name], undefined>> };

export class FieldParser {
  readonly #fields: Readonly<Record<string, unknown>>;

  /**
   * @param path path of `value` in the line, for messages; empty for the line itself
   * @param knownFields names of all fields that it may have; any if undefined
   * @throws BadLineError
   */
  constructor(
    value: unknown,
    private readonly path: string,
    knownFields: readonly string[] | undefined,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#createError('must be an object');
    this.#fields = value as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(value)) {
      if (knownFields?.includes(name) === false)
        throw this.#createError(`has an unknown field ${JSON.stringify(name)}`);
    }
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  /** Parses a field. An absent one is given to `parse` as undefined. */
  parse<T>(name: string, parse: ParseValue<T>): T {
    return parse(this.#fields[name], this.#pathTo(name));
  }

  /** Parses all fields, and keeps their order. */
  parseAll<T>(parse: (value: unknown, path: string, name: string) => T): Record<string, T> {
    const names = Object.keys(this.#fields);
    return Object.fromEntries(names.map((name) => [name, parse(this.#fields[name], this.#pathTo(name), name)]));
  }

  /** Parses a field that is an object. */
  parseObject(name: string, knownFields: readonly string[]): FieldParser {
    return new FieldParser(this.#fields[name], this.#pathTo(name), knownFields);
  }

  parseList<T>(name: string, parse: ParseValue<T>): T[] {
    return this.parse(name, createListParser(parse));
  }

  parseText(name: string, pattern: RegExp): string {
    return this.parse(name, createTextParser(pattern));
  }

  /** @returns undefined if the field is absent */
  parseOptionalText(name: string, pattern: RegExp): string | undefined {
    return this.has(name) ? this.parseText(name, pattern) : undefined;
  }

  parseInteger(name: string, min = 0, max = MAX_VALUE): number {
    return parseInteger(this.#fields[name], this.#pathTo(name), min, max);
  }

  parseTotal(name: string): bigint {
    return this.parse(name, parseTotal);
  }

  #pathTo(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  #createError(problem: string): BadLineError {
    return new BadLineError(`${this.path || 'the line'} ${problem}`);
  }
}

/** Returns a parser of objects that may have the fields of `parsers`, and must have the `required` ones. */
export function createObjectParser<T extends object>(
  parsers: FieldParsers<T>,
  required: readonly (keyof T & string)[] = [],
): ParseValue<T> {
  const byName: Readonly<Record<string, ParseValue<unknown>>> = parsers;
  return (value, path) => {
    const fields = new FieldParser(value, path, Object.keys(byName));
    // The parser of an absent field says what is expected there.
    for (const name of required) if (!fields.has(name)) fields.parse(name, parsers[name]);
    return fields.parseAll((field, fieldPath, name) => byName[name]?.(field, fieldPath)) as T;
  };
}

/** Returns a parser of objects that map names to values of one kind. */
export function createMapParser<T>(pattern: RegExp, parse: ParseValue<T>): ParseValue<Record<string, T>> {
  return (value, path) =>
    new FieldParser(value, path, undefined).parseAll((field, fieldPath, name) => {
      if (!pattern.test(name))
        throw new BadLineError(`${path} contains ${JSON.stringify(name)}, which is not a valid name`);
      return parse(field, fieldPath);
    });
}

/** Returns a parser of lists with at most `max` items. */
export function createListParser<T>(parse: ParseValue<T>, max = Infinity): ParseValue<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new BadLineError(`${path} must be a list`);
    if (value.length > max) throw new BadLineError(`${path} has ${value.length} items: at most ${max} are allowed`);
    return value.map((item, index) => parse(item, `${path}[${index}]`));
  };
}

export function createTextParser(pattern: RegExp): ParseValue<string> {
  return (value, path) => {
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw new BadLineError(`${path} must be a string that matches ${String(pattern)}`);
  };
}

export function createWordParser<Word extends string>(words: readonly Word[]): ParseValue<Word> {
  return (value, path) => {
    const word = words.find((known) => known === value);
    if (word !== undefined) return word;
    throw new BadLineError(`${path} must be one of ${words.join(', ')}`);
  };
}

/** Integers from `min` to `max`. @throws BadLineError */
export function parseInteger(value: unknown, path: string, min = 0, max = MAX_VALUE): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new BadLineError(`${path} must be an integer from ${min} to ${max}`);
}

/** A value that a counter can have, whatever its lowest value. @throws BadLineError */
export function parseCounterValue(value: unknown, path: string): number {
  return parseInteger(value, path, -MAX_VALUE);
}

/** Totals are decimal strings, because they can exceed 2^53. @throws BadLineError */
export function parseTotal(value: unknown, path: string): bigint {
  if (typeof value === 'string' && /^(0|[1-9]\d{0,18})$/.test(value) && BigInt(value) <= MAX_TOTAL)
    return BigInt(value);
  throw new BadLineError(`${path} must be an integer written as a string, from "0" to "${MAX_TOTAL}"`);
}

/**
 * Checks that the totals give a value that a counter can have.
 * @param min its lowest value. In the past it may have been lower than it is now
 * @throws BadLineError
 */
export function createTotals(added: bigint, removed: bigint, path: string, min = -MAX_VALUE): CounterTotals {
  const value = added - removed;
  if (value >= BigInt(min) && value <= BigInt(MAX_VALUE)) return { added, removed };
  throw new BadLineError(`${path} would have the value ${value}, outside ${min} to ${MAX_VALUE}`);
}
