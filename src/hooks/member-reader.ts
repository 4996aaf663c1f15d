/** Reads members of parsed YAML or JSON, and collects everything that is wrong with them. */
import { findSimilarNames } from '../validation/similar-names.js';
import { isJsonObject } from '../validation/validation.pipe.js';

/** Values are never part of a fault: they can be secrets. */
export class MemberReader {
  private constructor(
    private readonly members: Readonly<Record<string, unknown>>,
    private readonly path: string,
    private readonly faults: string[],
  ) {}

  /**
   * Opens an object.
   * @param path where it is in the file. Empty: the whole file
   * @param faults receives a line for each fault
   * @param known names of its members. Absent: any
   * @returns a reader without members if it is no object
   */
  static open(value: unknown, path: string, faults: string[], known?: readonly string[]): MemberReader {
    if (!isJsonObject(value)) {
      faults.push(`${path || 'the file'}: must be an object`);
      return new MemberReader({}, path, faults);
    }
    const reader = new MemberReader(value, path, faults);
    for (const name of Object.keys(value)) if (known && !known.includes(name)) reader.#reportUnknown(name, known);
    return reader;
  }

  get names(): readonly string[] {
    return Object.keys(this.members);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.members, name);
  }

  get(name: string): unknown {
    return this.has(name) ? this.members[name] : undefined;
  }

  open(name: string, known?: readonly string[]): MemberReader {
    return MemberReader.open(this.get(name), this.toPath(name), this.faults, known);
  }

  /** Opens each object of a list. */
  openEach(name: string, known: readonly string[]): readonly MemberReader[] {
    const list = this.get(name);
    if (!Array.isArray(list) || list.length === 0) {
      this.report(name, 'must be a list with at least one entry');
      return [];
    }
    return list.map((entry, index) => MemberReader.open(entry, `${this.toPath(name)}.${index}`, this.faults, known));
  }

  readText(name: string, isValid: (text: string) => boolean, rule: string): string {
    const value = this.get(name);
    if (typeof value === 'string' && isValid(value)) return value;
    this.report(name, rule);
    return '';
  }

  readChoice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const choice = choices.find((one) => one === this.get(name));
    if (choice === undefined) this.report(name, `must be ${choices.join(', ')}`);
    return choice ?? fallback;
  }

  readInteger(name: string, min: number, max: number, fallback: number): number {
    if (!this.has(name)) return fallback;
    const value = this.get(name);
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    this.report(name, `must be an integer from ${min} to ${max}`);
    return fallback;
  }

  report(name: string, fault: string): void {
    this.faults.push(`${this.toPath(name)}: ${fault}`);
  }

  toPath(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  #reportUnknown(name: string, known: readonly string[]): void {
    const [near] = findSimilarNames(name, known);
    this.report(name, `is no member here${near === undefined ? '' : `: did you mean ${near}?`}`);
  }
}
