/** The documented configuration is the one that the service reads. */
import { VARIABLES } from '../../src/config/config.js';
import { readProjectFile, readTables } from '../support/markdown.js';

describe('docs/reference/configuration.md', () => {
  it('lists every variable with its default and meaning', () => {
    const titles = ['Variable', 'Default', 'Unit and range', 'Meaning'];
    const rows = readTables(readProjectFile('docs/reference/configuration.md'), ...titles);
    expect(rows.map(([name, text, , meaning]) => [name, text, meaning]).toSorted(byName)).toEqual(
      VARIABLES.map(({ name, default: text, description }) => [
        `\`${name}\``,
        text && `\`${text}\``,
        description,
      ]).toSorted(byName),
    );
  });
});

describe('.env.example', () => {
  it('has every variable in order, with its default and its meaning above', () => {
    const [head, ...entries] = readProjectFile('.env.example').trimEnd().split('\n\n');
    expect(head).toMatch(/^# .*TALLYBOARD_/);
    expect(entries).toEqual(
      VARIABLES.map(({ name, default: text, description }) => `# ${description}\n${name}=${text}`),
    );
  });
});

function byName([one = '']: readonly (string | undefined)[], [other = '']: readonly (string | undefined)[]): number {
  return one < other ? -1 : 1;
}
