/** JSON with decimal text as numbers, which a double would round. */

/** Marks decimal text in a value. No name or title contains it. */
const MARK = '\u0001';
const MARKED_NUMBER = /"\\u0001(-?\d+(?:\.\d+)?)"/g;

/**
 * Returns a stand-in for a number that {@link stringifyDecimals} writes digit by digit. It has the type of what parsers
 * read.
 * @param text a JSON number
 */
export function toJsonNumber(text: string): number {
  return `${MARK}${text}` as unknown as number;
}

/** As `JSON.stringify`, with the numbers of {@link toJsonNumber}. */
export function stringifyDecimals(value: unknown): string {
  return JSON.stringify(value).replace(MARKED_NUMBER, '$1');
}
