/** The order of a list, and the groups that it is shown in. Pure. */
import type { DashboardDefinition } from '../../src/client/client.js';
import { getReading, isMeasure } from '../../src/measures/shown-number.js';
import type { SortOrder } from '../app/page-url.js';
import type { Facts } from './facts.js';
import { listGroups } from './layout.js';

export interface SortedGroup {
  /** `attention`: the group of what needs attention. Undefined for a group without a title. */
  readonly title: string | { readonly of: 'attention' | 'rest' } | undefined;
  readonly names: readonly string[];
}

interface SortOptions {
  readonly order: SortOrder;
  /** True to keep the groups of the board. */
  readonly isGrouped: boolean;
  /** BCP 47 tag, for the order of titles. */
  readonly locale: string;
}

/** @param names what is shown, in the order of declaration @param getFacts of each name */
export function sortGroups(
  definition: DashboardDefinition,
  names: readonly string[],
  getFacts: (name: string) => Facts,
  { order, isGrouped, locale }: SortOptions,
): SortedGroup[] {
  const board = listGroups(definition, names).map(({ title, tiles }) => ({
    title,
    names: tiles.map(({ show }) => show),
  }));
  const groups: SortedGroup[] = isGrouped
    ? board
    : [{ title: undefined, names: board.flatMap((group) => group.names) }];
  if (order === 'board') return groups;
  if (order === 'attention') {
    const isUrgent = (name: string): boolean => ['bad', 'warn'].includes(getFacts(name).level ?? '');
    const all = groups.flatMap((group) => group.names);
    const urgent = ['bad', 'warn'].flatMap((level) => all.filter((name) => getFacts(name).level === level));
    if (urgent.length === 0) return groups;
    const rest = groups.map(({ title, names: own }) => ({
      title: title ?? ({ of: 'rest' } as const),
      names: own.filter((name) => !isUrgent(name)),
    }));
    return [{ title: { of: 'attention' } as const, names: urgent }, ...rest].filter((group) => group.names.length > 0);
  }
  const compare = createComparison(definition, order, locale);
  return groups.map(({ title, names: own }) => ({
    title,
    names: own
      .map(getFacts)
      .toSorted(compare)
      .map(({ name }) => name),
  }));
}

function createComparison(
  definition: DashboardDefinition,
  order: 'name' | 'number' | 'change',
  locale: string,
): (a: Facts, b: Facts) => number {
  const collator = new Intl.Collator(locale, { numeric: true });
  const compareTitles = (a: Facts, b: Facts): number => collator.compare(a.title, b.title);
  if (order === 'name') return compareTitles;
  const rank = order === 'number' ? (facts: Facts) => getAmount(definition, facts) : getGrowth;
  return (a, b) => compareNumbers(rank(b), rank(a)) || compareTitles(a, b);
}

/** Two that are infinite are equal: their difference would not be a number. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** Returns the number as it is read, in units; what has none comes last. */
export function getAmount(definition: DashboardDefinition, { name, number }: Pick<Facts, 'name' | 'number'>): number {
  if (typeof number !== 'number') return -Infinity;
  return isMeasure(definition, name) ? number : number / 10 ** getReading(definition, name).scale;
}

/** Returns the growth, percent: below zero for losses. New ones come first, those without a comparison last. */
function getGrowth({ delta }: Facts): number {
  switch (delta?.kind) {
    case undefined:
      return -Infinity;
    case 'same':
      return 0;
    case 'new':
      return Infinity;
    case 'percent':
      return delta.way === 'up' ? delta.percent : -delta.percent;
    case 'points':
    case 'amount':
      return delta.way === 'up' ? delta.amount : -delta.amount;
  }
}

/** Returns those whose title or name has all words that were typed, in any order. */
export function filterByText(facts: readonly Facts[], typed: string): string[] {
  const words = fold(typed).split(/\s+/);
  return facts
    .filter(({ name, title }) => words.every((word) => fold(`${title} ${name}`).includes(word)))
    .map(({ name }) => name);
}

/** `Köln` is found by `koln` and by `KÖLN`. */
function fold(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase();
}
