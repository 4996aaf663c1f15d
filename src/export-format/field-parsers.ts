/** Reads fields of a line as what they have to be, or says where in it something else stands. */
import { MAX_TOTAL, type CounterTotals } from '../counters/counters.js';
import { BadLineError } from './line-reader.js';

export class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;

  /**
   * @param place where in the line it stands, for people
   * @param known all fields that it may have
   * @throws BadLineError
   */
  constructor(
    value: unknown,
    private readonly place: string,
    known: readonly string[],
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.#wrong('has to be an object');
    this.#fields = value as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) throw this.#wrong(`has no field ${JSON.stringify(name)} in this version`);
    }
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  /** A field with fields of its own. */
  fields(name: string, known: readonly string[]): Fields {
    return new Fields(this.#fields[name], this.#at(name), known);
  }

  list<T>(name: string, read: (value: unknown, place: string) => T): T[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw this.#wrong('has to be a list', name);
    return value.map((one, index) => read(one, `${this.#at(name)}[${index}]`));
  }

  text(name: string, pattern: RegExp): string {
    const value = this.#fields[name];
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw this.#wrong(`has to be text that matches ${String(pattern)}`, name);
  }

  /** @returns undefined when it is not there */
  optionalText(name: string, pattern: RegExp): string | undefined {
    return this.has(name) ? this.text(name, pattern) : undefined;
  }

  whole(name: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
    return wholeOf(this.#fields[name], this.#at(name), least, most);
  }

  total(name: string): bigint {
    return totalOf(this.#fields[name], this.#at(name));
  }

  /** The numbers of counters, by name. */
  values(name: string, pattern: RegExp): Record<string, number> {
    const value = this.#fields[name];
    if (typeof value !== 'object' || value === null) throw this.#wrong('has to be an object', name);
    for (const [counter, number] of Object.entries(value)) {
      if (!pattern.test(counter)) throw this.#wrong(`has no name of a counter in ${JSON.stringify(counter)}`, name);
      wholeOf(number, `${this.#at(name)}.${counter}`);
    }
    return value as Record<string, number>;
  }

  #at(name: string): string {
    return this.place === '' ? name : `${this.place}.${name}`;
  }

  #wrong(what: string, name?: string): BadLineError {
    return new BadLineError(`${name === undefined ? this.place || 'it' : this.#at(name)} ${what}`);
  }
}

export function wholeOf(value: unknown, place: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  throw new BadLineError(`${place} has to be a whole number, ${least} to ${most}`);
}

export function totalOf(value: unknown, place: string): bigint {
  if (typeof value === 'string' && /^(0|[1-9]\d{0,18})$/.test(value) && BigInt(value) <= MAX_TOTAL)
    return BigInt(value);
  throw new BadLineError(`${place} has to be a whole number written as text, "0" to "${MAX_TOTAL}"`);
}

/** What was added and removed, and whether it can be. */
export function totalsOf(added: bigint, removed: bigint, place: string): CounterTotals {
  const value = added - removed;
  if (value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER)) return { added, removed };
  throw new BadLineError(`${place} would have the value ${value}`);
}
