/** Picks what is read aloud of many changes: one sentence at a time. Pure. */
import type { Level } from '../../src/client/client.js';

/** A counter or a measure as it is now. */
export interface AnnouncedNumber {
  readonly name: string;
  /** In the smallest unit; undefined if it is not to be read, as those of measures. */
  readonly value: number | undefined;
  readonly level: Level | undefined;
}

export type Announcement =
  | { readonly kind: 'level'; readonly name: string }
  | { readonly kind: 'change'; readonly name: string; readonly difference: number };

/** Remembers what a listener has heard. */
export class AnnouncementPicker {
  readonly #levels = new Map<string, Level | undefined>();
  /** The number that was read last comes last. */
  readonly #values = new Map<string, number>();

  /** Numbers that are taken as known: changes are told from here on. */
  start(numbers: readonly AnnouncedNumber[]): void {
    this.#values.clear();
    this.#levels.clear();
    for (const { name, value, level } of numbers) {
      this.#levels.set(name, level);
      if (value !== undefined) this.#values.set(name, value);
    }
  }

  /**
   * Returns the next announcement: a level that was crossed; else the change of the number that was not read for
   * longest. A level that has come back meanwhile is not told.
   * @param readsChanges false for levels only
   */
  pick(numbers: readonly AnnouncedNumber[], readsChanges: boolean): Announcement | undefined {
    const byName = new Map(numbers.map((number) => [number.name, number]));
    for (const { name, level, value } of numbers) {
      const isKnown = this.#levels.has(name);
      const before = this.#levels.get(name);
      if (!isKnown || level === undefined) this.#levels.set(name, level);
      if (!this.#values.has(name) && value !== undefined) this.#values.set(name, value);
      if (!isKnown || level === undefined || level === before) continue;
      this.#levels.set(name, level);
      this.#markRead(name, value);
      return { kind: 'level', name };
    }
    if (!readsChanges) return undefined;
    for (const [name, before] of this.#values) {
      const value = byName.get(name)?.value;
      if (value === undefined || value === before) continue;
      this.#markRead(name, value);
      return { kind: 'change', name, difference: value - before };
    }
    return undefined;
  }

  #markRead(name: string, value: number | undefined): void {
    this.#values.delete(name);
    if (value !== undefined) this.#values.set(name, value);
  }
}
