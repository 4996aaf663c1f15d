/** What the documents say of the configuration is what the program reads. */
import { VARIABLES } from '../../src/config/config.js';
import { readProjectFile, readTable } from '../support/markdown.js';

describe('README.md', () => {
  it('has a table of every variable, in order, with default and meaning', () => {
    expect(readTable(readProjectFile('README.md'), 'Variable', 'Default', 'Meaning')).toEqual(
      VARIABLES.map(({ name, default: text, description }) => [`\`${name}\``, text && `\`${text}\``, description]),
    );
  });
});

describe('.env.example', () => {
  it('has every variable, in order, with its meaning above it and its default', () => {
    const [head, ...entries] = readProjectFile('.env.example').trimEnd().split('\n\n');
    expect(head).toMatch(/^# .*TALLYBOARD_/);
    expect(entries).toEqual(
      VARIABLES.map(({ name, default: text, description }) => `# ${description}\n${name}=${text}`),
    );
  });
});
