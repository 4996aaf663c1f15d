/** Reads fields of a line as what they have to be, or says where in it something else stands. */
import { type CounterTotals, MAX_TOTAL } from '../counters/counters.js';
import { BadLineError } from './line-reader.js';

export class FieldParser {
  readonly #fields: Readonly<Record<string, unknown>>;

  /**
   * @param path where in the line it stands, for people
   * @param knownFields all fields that it may have
   * @throws BadLineError
   */
  constructor(
    value: unknown,
    private readonly path: string,
    knownFields: readonly string[],
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#createError('has to be an object');
    this.#fields = value as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(value)) {
      if (!knownFields.includes(name)) throw this.#createError(`has no field ${JSON.stringify(name)} in this version`);
    }
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  /** A field with fields of its own. */
  parseObject(name: string, knownFields: readonly string[]): FieldParser {
    return new FieldParser(this.#fields[name], this.#pathTo(name), knownFields);
  }

  parseList<T>(name: string, parse: (value: unknown, path: string) => T): T[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw this.#createError('has to be a list', name);
    return value.map((item, index) => parse(item, `${this.#pathTo(name)}[${index}]`));
  }

  parseText(name: string, pattern: RegExp): string {
    const value = this.#fields[name];
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw this.#createError(`has to be text that matches ${String(pattern)}`, name);
  }

  /** @returns undefined when it is not there */
  parseOptionalText(name: string, pattern: RegExp): string | undefined {
    return this.has(name) ? this.parseText(name, pattern) : undefined;
  }

  parseInteger(name: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
    return parseInteger(this.#fields[name], this.#pathTo(name), min, max);
  }

  parseTotal(name: string): bigint {
    return parseTotal(this.#fields[name], this.#pathTo(name));
  }

  /** The numbers of counters, by name. */
  parseValues(name: string, pattern: RegExp): Record<string, number> {
    const value = this.#fields[name];
    if (typeof value !== 'object' || value === null) throw this.#createError('has to be an object', name);
    for (const [counter, counterValue] of Object.entries(value)) {
      if (!pattern.test(counter))
        throw this.#createError(`has no name of a counter in ${JSON.stringify(counter)}`, name);
      parseInteger(counterValue, `${this.#pathTo(name)}.${counter}`);
    }
    return value as Record<string, number>;
  }

  #pathTo(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  #createError(problem: string, name?: string): BadLineError {
    return new BadLineError(`${name === undefined ? this.path || 'it' : this.#pathTo(name)} ${problem}`);
  }
}

export function parseInteger(value: unknown, path: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new BadLineError(`${path} has to be a whole number, ${min} to ${max}`);
}

export function parseTotal(value: unknown, path: string): bigint {
  if (typeof value === 'string' && /^(0|[1-9]\d{0,18})$/.test(value) && BigInt(value) <= MAX_TOTAL)
    return BigInt(value);
  throw new BadLineError(`${path} has to be a whole number written as text, "0" to "${MAX_TOTAL}"`);
}

/** What was added and removed, and whether it can be. */
export function createTotals(added: bigint, removed: bigint, path: string): CounterTotals {
  const value = added - removed;
  if (value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER)) return { added, removed };
  throw new BadLineError(`${path} would have the value ${value}`);
}
