/** The bugs that the simulation has to find: each changes a place of the code that is still there. */
import { readFileSync } from 'node:fs';
import { MUTATIONS } from '../simulation/planted/mutations.js';

it.each(MUTATIONS)('$name: its original text occurs once', ({ file, original, replacement }) => {
  const text = readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8');
  expect(text.split(original)).toHaveLength(2);
  expect(replacement).not.toBe(original);
});
