/** Joins titles in a sentence, as lists are written in a language. */

/** Titles that are named at most. */
const MAX_NAMED = 3;

/**
 * Names at most three titles, and counts the others: `Orders, Revenue and 4 more`.
 * @param language BCP 47 tag
 * @param countMore says how many others there are, from 2 on
 */
export function joinTitles(language: string, titles: readonly string[], countMore: (count: number) => string): string {
  const names = titles.slice(0, titles.length > MAX_NAMED ? MAX_NAMED - 1 : MAX_NAMED);
  const more = titles.length - names.length;
  return new Intl.ListFormat(language).format(more > 0 ? [...names, countMore(more)] : names);
}
