/** Names for programs, made from titles. Pure. */
import type { DashboardDefinition } from '../../src/client/client.js';

const MAX_NAME_LENGTH = 64;
/** Room for a number behind a name that is taken. */
const MAX_STEM_LENGTH = MAX_NAME_LENGTH - 4;

/** Returns the name that follows from a title: `new-orders` of "New orders". Empty without Latin letters. */
export function toSlug(title: string): string {
  const ascii = title
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return ascii
    .replace(/^[^a-z]+/, '')
    .slice(0, MAX_STEM_LENGTH)
    .replace(/-+$/, '');
}

/** Returns a free name for a counter or a measure. Titles without Latin letters give `counter`, `counter-2`, … */
export function toName(title: string, { counters, measures }: DashboardDefinition): string {
  if (title.trim() === '') return '';
  const stem = toSlug(title) || 'counter';
  const taken = (name: string): boolean => Object.hasOwn({ ...counters, ...measures }, name);
  let name = stem;
  for (let number = 2; taken(name); number += 1) name = `${stem}-${number}`;
  return name;
}
