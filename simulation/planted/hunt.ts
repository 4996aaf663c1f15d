/** Hunts the planted bugs: each runs in a process of its own, seed after seed, until the simulation finds it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MUTATIONS, type Mutation } from './mutations.js';

const RUN = fileURLToPath(new URL('../run.js', import.meta.url));
/** Exit code of a run that has found something. */
const FOUND = 1;

interface Hunt {
  readonly seeds: string;
  readonly hours: string;
  /** Part of the names of the bugs to hunt. Empty: all. */
  readonly pattern: string;
  readonly processes: number;
}

/** @returns true if every bug was found */
export async function hunt({ pattern, processes, ...options }: Hunt, write: (line: string) => void): Promise<boolean> {
  const waiting = MUTATIONS.filter(({ name }) => name.includes(pattern));
  if (waiting.length === 0) throw new Error(`no planted bug has ${pattern} in its name`);
  let missed = 0;
  const work = async (): Promise<void> => {
    for (let mutation = waiting.shift(); mutation; mutation = waiting.shift()) {
      const line = await huntOne(mutation, options);
      if (line === undefined) missed += 1;
      write(`${line === undefined ? 'MISSED' : 'found'}: ${mutation.name}${line === undefined ? '' : `\n  ${line}`}`);
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  return missed === 0;
}

/** Returns what the simulation says about a bug; undefined if it does not find it. */
function huntOne({ name }: Mutation, { seeds, hours }: Pick<Hunt, 'seeds' | 'hours'>): Promise<string | undefined> {
  const args = [RUN, '--seeds', seeds, '--hours', hours, '--mutant', name];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (!error) return resolve(undefined);
      if (error.code !== FOUND) return reject(new Error(`${name}: ${stderr || error.message}`));
      return resolve(/^seed .* breaks .*$/m.exec(stdout)?.[0] ?? stdout.slice(-300));
    });
  });
}
