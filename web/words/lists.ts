/** Lists of names in sentences. */
import { words } from './locale.js';

/** Joins names as the language of the texts does: `orders, sales`. */
export function formatList(names: readonly string[]): string {
  return new Intl.ListFormat(words.value.language, { type: 'unit', style: 'short' }).format(names);
}
