/** Validates the fields of a line. Errors name the path of the field, such as `dashboard.counters[0].added`. */
import { type CounterTotals, MAX_TOTAL } from '../counters/counters.js';
import { BadLineError } from './line-reader.js';

export class FieldParser {
  readonly #fields: Readonly<Record<string, unknown>>;

  /**
   * @param path path of `value` in the line, for messages; empty for the line itself
   * @param knownFields names of all fields that it may have
   * @throws BadLineError
   */
  constructor(
    value: unknown,
    private readonly path: string,
    knownFields: readonly string[],
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#createError('must be an object');
    this.#fields = value as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(value)) {
      if (!knownFields.includes(name)) throw this.#createError(`has an unknown field ${JSON.stringify(name)}`);
    }
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  /** Parses a field that is an object. */
  parseObject(name: string, knownFields: readonly string[]): FieldParser {
    return new FieldParser(this.#fields[name], this.#pathTo(name), knownFields);
  }

  parseList<T>(name: string, parse: (value: unknown, path: string) => T): T[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw this.#createError('must be a list', name);
    return value.map((item, index) => parse(item, `${this.#pathTo(name)}[${index}]`));
  }

  parseText(name: string, pattern: RegExp): string {
    const value = this.#fields[name];
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw this.#createError(`must be a string that matches ${String(pattern)}`, name);
  }

  /** @returns undefined if the field is absent */
  parseOptionalText(name: string, pattern: RegExp): string | undefined {
    return this.has(name) ? this.parseText(name, pattern) : undefined;
  }

  parseInteger(name: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
    return parseInteger(this.#fields[name], this.#pathTo(name), min, max);
  }

  parseTotal(name: string): bigint {
    return parseTotal(this.#fields[name], this.#pathTo(name));
  }

  /** Parses an object with the values of counters by name. */
  parseValues(name: string, pattern: RegExp): Record<string, number> {
    const value = this.#fields[name];
    if (typeof value !== 'object' || value === null) throw this.#createError('must be an object', name);
    for (const [counter, counterValue] of Object.entries(value)) {
      if (!pattern.test(counter))
        throw this.#createError(`contains ${JSON.stringify(counter)}, which is not a valid counter name`, name);
      parseInteger(counterValue, `${this.#pathTo(name)}.${counter}`);
    }
    return value as Record<string, number>;
  }

  #pathTo(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  #createError(problem: string, name?: string): BadLineError {
    return new BadLineError(`${name === undefined ? this.path || 'the line' : this.#pathTo(name)} ${problem}`);
  }
}

/** Integers from `min` to `max`. @throws BadLineError */
export function parseInteger(value: unknown, path: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new BadLineError(`${path} must be an integer from ${min} to ${max}`);
}

/** Totals are decimal strings, because they can exceed 2^53. @throws BadLineError */
export function parseTotal(value: unknown, path: string): bigint {
  if (typeof value === 'string' && /^(0|[1-9]\d{0,18})$/.test(value) && BigInt(value) <= MAX_TOTAL)
    return BigInt(value);
  throw new BadLineError(`${path} must be an integer written as a string, from "0" to "${MAX_TOTAL}"`);
}

/** Checks that the totals give a value that a counter can have. @throws BadLineError */
export function createTotals(added: bigint, removed: bigint, path: string): CounterTotals {
  const value = added - removed;
  if (value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER)) return { added, removed };
  throw new BadLineError(`${path} would have the value ${value}, outside 0 to ${Number.MAX_SAFE_INTEGER}`);
}
