/**
 * Parses a past as CSV (RFC 4180): `at`, then columns `orders.added` and `orders.removed` of counters and `queue` of
 * gauges, in any order. Numbers are plain decimals at the scale of their counter; an empty cell says nothing.
 */
import { MAX_VALUE } from '../../counters/counters.js';
import type { CounterDefinition } from '../../counters/definition.js';
import type { PastAmounts, PastLine } from '../../store/past.port.js';
import { createLineError, parseTime } from './past-line.js';

interface Column {
  readonly title: string;
  readonly counter: string;
  readonly member: keyof PastAmounts;
  readonly scale: number;
}

export class PastCsv {
  /** Undefined before the header. Undefined in place of a column: `at`. */
  #columns: readonly (Column | undefined)[] | undefined;

  constructor(private readonly definitions: Readonly<Record<string, CounterDefinition>>) {}

  /**
   * @returns undefined for the header
   * @throws TallyError `invalid-request` whose message names the line
   */
  parse(text: string, line: number): PastLine | undefined {
    const cells = splitCells(text);
    if (!this.#columns) {
      this.#columns = this.#parseHeader(cells, line);
      return undefined;
    }
    if (cells.length !== this.#columns.length)
      throw createLineError(line, [], `has ${cells.length} cells, and the header has ${this.#columns.length}`);
    let at = NaN;
    const counters: Record<string, Record<string, number>> = Object.create(null) as Record<string, never>;
    for (const [index, column] of this.#columns.entries()) {
      const cell = cells[index] ?? '';
      if (!column) at = /^\d{1,16}$/.test(cell) ? Number(cell) : parseTime(cell);
      else if (cell !== '') (counters[column.counter] ??= {})[column.member] = parseAmount(cell, column, line);
    }
    if (Number.isNaN(at)) throw createLineError(line, [], 'at must be ISO 8601 with a time zone, or milliseconds');
    return { line, at, counters };
  }

  #parseHeader(titles: readonly string[], line: number): readonly (Column | undefined)[] {
    if (!titles.includes('at')) throw createLineError(line, [], 'the header has no column at');
    if (new Set(titles).size < titles.length) throw createLineError(line, [], 'the header has a column twice');
    return titles.map((title) => (title === 'at' ? undefined : this.#parseColumn(title, line)));
  }

  #parseColumn(title: string, line: number): Column {
    const [counter = '', part = ''] = title.split(/\.(.*)/s, 2);
    const definition = Object.hasOwn(this.definitions, counter) ? this.definitions[counter] : undefined;
    if (!definition) throw createLineError(line, [], `there is no counter for the column ${title}`);
    const scale = definition.scale ?? 0;
    if (definition.kind === 'gauge') {
      if (part === '') return { title, counter, member: 'value', scale };
      throw createLineError(line, [], `${counter} is a gauge: its column is ${counter}, not ${title}`);
    }
    if (part === 'added' || part === 'removed') return { title, counter, member: part, scale };
    throw createLineError(
      line,
      [],
      `${counter} is a counter: its columns are ${counter}.added and ${counter}.removed, not ${title}`,
    );
  }
}

/** Cells are numbers, times and names, so quotes only ever enclose a whole one. */
function splitCells(text: string): string[] {
  return text
    .replace(/\r$/, '')
    .split(',')
    .map((cell) => /^"([^"]*)"$/.exec(cell)?.[1] ?? cell);
}

function parseAmount(cell: string, { title, member, scale }: Column, line: number): number {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d{1,16})(?:\.(\d{1,9}))?$/.exec(cell) ?? [];
  const amount = Number(`${sign}${whole}${fraction.padEnd(scale, '0')}`);
  if (whole !== '' && fraction.length <= scale && Number.isSafeInteger(amount) && (amount >= 0 || member === 'value'))
    return amount;
  const digits = scale === 0 ? 'an integer' : `a number with up to ${scale} digits behind the point`;
  throw createLineError(
    line,
    [],
    `${title} must be ${digits}, up to ${MAX_VALUE} smallest units: ${cell.slice(0, 40)}`,
  );
}
