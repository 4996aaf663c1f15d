/** `npm run capacity`: computes how many instances and how much Redis a load needs, from given or measured costs. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Costs, hasAllCosts, parseCosts, formatCosts } from './costs.js';
import { measureCosts } from './measure.js';
import { parseSizes, SIZE_OPTIONS } from './sizes.js';
import { formatCostsTable, formatFormula, formatMarkdown, formatCapacityTable } from './table.js';
import { replaceSection } from '../generated-section.js';
import { describeEnvironment } from '../report.js';
import { DATA_ROOT } from '../server.js';

const CAPACITY_PAGE = join(import.meta.dirname, '..', '..', '..', 'docs', 'explanation', 'capacity.md');
const USAGE = `npm run capacity -- [--costs NAME=NUMBER,...] [--viewers N] [--dashboards N] ...
  --costs             known costs; missing ones are measured, which takes about two minutes
  --docs              writes the results into docs/explanation/capacity.md
  ${SIZE_OPTIONS.map(({ option, description }) => `${`--${option}`.padEnd(19)} ${description}`).join('\n  ')}
Without --viewers and --dashboards it computes the sizes of docs/explanation/capacity.md.
`;

function fail(text: string): never {
  process.stderr.write(`${text}\n${USAGE}`);
  process.exit(2);
}

function parseOptions(args: string[]): Record<string, string | boolean | undefined> {
  try {
    const sizes = Object.fromEntries(SIZE_OPTIONS.map(({ option }) => [option, { type: 'string' as const }]));
    return parseArgs({
      args,
      options: { ...sizes, costs: { type: 'string' }, docs: { type: 'boolean' }, help: { type: 'boolean' } },
    }).values;
  } catch (error) {
    return fail(String(error));
  }
}

/** Measures missing costs. @returns all costs, and a description of the environment if any were measured */
async function completeCosts(known: Partial<Costs>): Promise<{ costs: Costs; taken?: string }> {
  if (hasAllCosts(known)) return { costs: known };
  mkdirSync(DATA_ROOT, { recursive: true });
  // Read before the measurement raises the load average.
  const environment = describeEnvironment();
  process.stderr.write(`measuring the missing costs ${environment}\n`);
  try {
    // Rounded as they are printed, so that the printed costs give the same results again.
    const measured = parseCosts(formatCosts(await measureCosts()));
    const costs = typeof measured === 'string' ? {} : { ...measured, ...known };
    return hasAllCosts(costs)
      ? { costs, taken: environment }
      : fail('could not measure all costs: give the missing ones with --costs');
  } finally {
    rmSync(DATA_ROOT, { recursive: true, force: true });
  }
}

const { costs: costsOption, help, docs: writeDocs, ...options } = parseOptions(process.argv.slice(2));
if (help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const sizes = parseSizes(options);
if (typeof sizes === 'string') fail(sizes);
const known = typeof costsOption === 'string' ? parseCosts(costsOption) : {};
if (typeof known === 'string') fail(known);
const { costs, taken: environment } = await completeCosts(known);
if (writeDocs) {
  if (environment === undefined) fail('--docs: all costs were given, so there is no measurement to document');
  writeFileSync(
    CAPACITY_PAGE,
    replaceSection(readFileSync(CAPACITY_PAGE, 'utf8'), 'capacity', formatMarkdown(sizes, costs, environment)),
  );
}
const parts = [`--costs ${formatCosts(costs)}`, formatCostsTable(costs), formatCapacityTable(sizes, costs)];
for (const [name, size] of sizes) parts.push(`${name}:\n\n${formatFormula(size, costs)}`);
process.stdout.write(`${parts.join('\n\n')}\n`);
