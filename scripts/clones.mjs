/**
 * `npm run clones`: finds copied code with jscpd and lists every clone. Fails if there is one in `src`, `web`,
 * `packages` or `scripts`, or if clones make up 0.1 % or more of the lines of `test` and `bench`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runTool } from './tools.mjs';

const STRICT_FOLDERS = ['src', 'web', 'packages', 'scripts'];
const LENIENT_FOLDERS = ['test', 'bench'];
/** Maximum share of cloned lines in `test` and `bench`. */
const MAX_SHARE = 0.001;

/** Minimum size of a clone. jscpd counts line breaks: a clone of six lines has five. */
const MIN_LINES = 6;
const MIN_TOKENS = 50;
const OPTIONS = [
  ['--min-lines', MIN_LINES - 1],
  ['--min-tokens', MIN_TOKENS],
  // Ignores comments and blank lines.
  ['--mode', 'weak'],
  // Equal imports of two files are not clones.
  ['--ignore-pattern', String.raw`import[^;]*from '[^']*';`],
  ['--format', 'typescript,tsx,javascript,css,markup,lua,sql'],
  // Raises the defaults, which skip long files.
  ['--max-lines', 100_000],
  ['--max-size', '10mb'],
];

/** Runs jscpd. @returns its report: the clones, and the number of lines of each file */
function detectClones() {
  const output = mkdtempSync(join(tmpdir(), 'tallyboard-clones-'));
  try {
    const options = [...OPTIONS, ['--reporters', 'json'], ['--output', output]].flat().map(String);
    runTool('jscpd', [...options, '--silent', ...STRICT_FOLDERS, ...LENIENT_FOLDERS]);
    const { duplicates, statistics } = JSON.parse(readFileSync(join(output, 'jscpd-report.json'), 'utf8'));
    const sources = Object.values(statistics.formats).flatMap((format) => Object.entries(format.sources));
    return { duplicates, lineCounts: new Map(sources.map(([path, { lines }]) => [path.replace(ROOT, ''), lines])) };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

const isIn = (folders, { name }) => folders.some((folder) => name.replace(ROOT, '').startsWith(`${folder}/`));

const { duplicates, lineCounts } = detectClones();
for (const { firstFile, secondFile, tokens } of duplicates) {
  const [first, second] = [firstFile, secondFile].map(
    ({ name, start, end }) => `${name.replace(ROOT, '')}:${start}-${end}`,
  );
  process.stdout.write(`${first} ~ ${second} (${tokens} tokens)\n`);
}

const strict = duplicates.filter(({ firstFile, secondFile }) =>
  [firstFile, secondFile].every((file) => isIn(STRICT_FOLDERS, file)),
);
const clonedLines = new Set(
  duplicates.flatMap(({ firstFile, secondFile }) =>
    [firstFile, secondFile]
      .filter((file) => isIn(LENIENT_FOLDERS, file))
      .flatMap(({ name, start, end }) =>
        Array.from({ length: end - start + 1 }, (_, index) => `${name}:${start + index}`),
      ),
  ),
);
const lenientLines = [...lineCounts]
  .filter(([name]) => isIn(LENIENT_FOLDERS, { name }))
  .reduce((sum, [, lines]) => sum + lines, 0);
if (lenientLines === 0) throw new Error('jscpd read no file of test or bench');

const share = clonedLines.size / lenientLines;
process.stdout.write(
  `${strict.length} clones in ${STRICT_FOLDERS.join(', ')} (at most 0); ` +
    `${(share * 100).toFixed(3)} % of ${lenientLines} lines in ${LENIENT_FOLDERS.join(', ')} (less than ${MAX_SHARE * 100} %)\n`,
);
if (strict.length > 0 || share >= MAX_SHARE) process.exitCode = 1;
