/** Every example has a short README and a line in the list of examples. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readProjectFile, readTable } from '../support/markdown.js';

const MAX_LINES = 40;
const FOLDER = fileURLToPath(new URL('../../examples', import.meta.url));
const examples = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

it('examples/README.md lists every example', () => {
  const rows = readTable(readProjectFile('examples/README.md'), 'Example', 'Shows');
  expect(rows.map(([link = '']) => link).toSorted()).toEqual(examples.map((name) => `[${name}](${name})`).toSorted());
});

it.each(examples)(`the README of %s has at most ${MAX_LINES} lines`, (name) => {
  expect(readProjectFile(`examples/${name}/README.md`).trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_LINES);
});
