/** The table of suites that are left out with TEST_UPSTREAM names suites that exist, each once. */
import { readdirSync, readFileSync } from 'node:fs';

const SUFFIX = '.e2e-spec.ts';
const suites = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith(SUFFIX))
  .map((path) => path.slice(0, -SUFFIX.length));
const table = JSON.parse(readFileSync('test/support/not-through-relays.json', 'utf8')) as readonly {
  readonly reason: string;
  readonly suites: readonly string[];
}[];
const patterns = table.flatMap((entry) => entry.suites);
const listMatches = (pattern: string) => suites.filter((suite) => new RegExp(`^(${pattern})$`).test(suite));

/** Writes out the alternatives of a pattern. */
function listAlternatives(pattern: string): readonly string[] {
  const [, before = '', names, after = ''] = /^(.*)\((.+)\)(.*)$/.exec(pattern) ?? [];
  return names === undefined ? [pattern] : names.split('|').map((name) => before + name + after);
}

it.each(patterns.flatMap(listAlternatives))('%s matches suites that exist', (pattern) => {
  expect(listMatches(pattern).length).toBeGreaterThan(0);
});

it('no suite is left out for two reasons', () => {
  const found = patterns.flatMap(listMatches);
  expect(found).toHaveLength(new Set(found).size);
});
