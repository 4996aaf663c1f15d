/** `npm run simulate`: runs the simulation of one seed, or of many, or hunts the planted bugs. */
import { register } from 'node:module';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { hunt } from './planted/hunt.js';
import { createMutatedSource } from './planted/mutated-source.js';
import { MUTATIONS } from './planted/mutations.js';
import { formatTime } from './world/trace.js';

const USAGE = `npm run simulate -- [options]

  --seed N         runs one seed (default 1)
  --seeds A..B     runs many
  --hours H        virtual hours of each (default 1)
  --verbose        prints every event
  --twice          runs each seed twice, and compares the traces
  --mutant NAME    runs with one planted bug
  --planted        hunts the planted bugs; --only TEXT those with TEXT in their names
`;

const write = (line: string): void => void process.stdout.write(`${line}\n`);
const OPTIONS = {
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    hours: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    mutant: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
} as const;
const { values } = readOptions();

function readOptions() {
  try {
    return parseArgs(OPTIONS);
  } catch (error) {
    return endWithUsage(error instanceof Error ? error.message : String(error));
  }
}

/** Ends the process with 2: 1 says that a promise was broken. */
function endWithUsage(fault: string): never {
  process.stderr.write(`${fault}\n\n${USAGE}`);
  process.exit(2);
}

/** Parses a number of virtual hours, which may be a fraction. */
function parseHours(text: string): number {
  const hours = Number(text);
  return hours > 0 && hours < Infinity ? hours : endWithUsage(`--hours ${text}: must be a number above 0`);
}

/** Parses `7` and `1..100`. */
function parseSeeds(text: string): readonly [first: number, last: number] {
  const [first = Number.NaN, last = first] = text.split('..').map(Number);
  if (Number.isSafeInteger(first) && Number.isSafeInteger(last) && first <= last) return [first, last];
  return endWithUsage(`${text} must be a seed such as 7, or a range such as 1..100`);
}

function findReplaced(): { url: string; source: string } | undefined {
  if (values.mutant === undefined) return undefined;
  const mutation = MUTATIONS.find(({ name }) => name === values.mutant);
  if (!mutation) return endWithUsage(`there is no planted bug named ${values.mutant}`);
  return createMutatedSource(mutation);
}

/** @returns false if a promise was broken */
async function simulate(): Promise<boolean> {
  const replaced = findReplaced();
  register('./loader/hooks.js', import.meta.url, { data: { ...(replaced && { replaced }) } });
  const { installVirtualGlobals } = await import('./world/virtual-globals.js');
  const { Simulation } = await import('./simulation.js');
  installVirtualGlobals();
  const hours = parseHours(values.hours);
  const [first, last] = parseSeeds(values.seeds ?? values.seed ?? '1');
  const total = { virtualMs: 0, tookMs: 0, faults: 0, acknowledged: 0 };
  for (let seed = first; seed <= last; seed += 1) {
    const start = process.cpuUsage();
    const simulation = new Simulation(seed, hours);
    if (values.verbose) simulation.world.trace.print = write;
    const result = await simulation.run();
    const { violation, hash, steps, faults, acknowledged, shown, notified, virtualMs } = result;
    const { user, system } = process.cpuUsage(start);
    const tookMs = (user + system) / 1_000;
    if (values.twice && (await new Simulation(seed, hours).run()).hash !== hash) {
      write(`seed ${seed} has two different runs`);
      return false;
    }
    write(
      `seed ${seed}: trace ${hash}, ${steps} steps, ${faults} faults, ${acknowledged} changes acknowledged, ` +
        `${shown} states shown, ${notified} notifications, ${Math.round(tookMs)} ms of CPU`,
    );
    if (violation) {
      write(`the last events before it:`);
      for (const event of violation.events) write(`  ${event}`);
      write(`seed ${seed} breaks a promise at ${formatTime(violation.atMs)}, step ${steps}: ${violation.message}`);
      return false;
    }
    total.virtualMs += virtualMs;
    total.tookMs += tookMs;
    total.faults += faults;
    total.acknowledged += acknowledged;
  }
  write(
    `${(total.virtualMs / 3_600_000).toFixed(1)} virtual hours in ${(total.tookMs / 1_000).toFixed(1)} s of CPU ` +
      `(${Math.round(total.virtualMs / total.tookMs)} times as fast), ${total.faults} faults, ` +
      `${total.acknowledged} changes acknowledged: every promise was kept`,
  );
  return true;
}

function huntPlanted(): Promise<boolean> {
  const [seeds, hours, processes] = [values.seeds ?? '1..40', String(parseHours(values.hours)), availableParallelism()];
  return hunt({ seeds, hours, pattern: values.only, processes }, write);
}

try {
  if (values.help) write(USAGE);
  else if (!(await (values.planted ? huntPlanted() : simulate()))) process.exit(1);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(2);
}
