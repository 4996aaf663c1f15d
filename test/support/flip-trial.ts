/** Flips single bits of database files and write-ahead logs, and classifies what the store makes of them. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { fileURLToPath } from 'node:url';
import { FRAME_HEADER_BYTES, WAL_HEADER_BYTES } from '../../src/store/sqlite/wal-format.js';
import { captureOutput } from '../harness/child-output.js';
import { flipBit } from './damaged-file.js';
import { createRandom } from './rounds.js';
import { getDatabasePath, withDatabase } from './sqlite-store.js';
import { createTempDirectory } from './temp-directory.js';

const MAX_DIFFERENCE_LENGTH = 200;
const PAGE_BYTES = 4_096;
const PROBE = fileURLToPath(new URL('flip-probe.mjs', import.meta.url));

type Parts = Readonly<Record<string, unknown>>;
type Probed = { readonly refused: string } | { readonly parts: Parts; readonly findings: readonly string[] };

/**
 * - `abort`: the process ended
 * - `refused`: the store did not open, and said why
 * - `named`: it opened, and says what is damaged: in refusals of requests, or as a finding of the check beside it
 * - `harmless`: nothing that can be read has changed
 * - `silent`: something has changed, and nobody was told
 */
export type FlipOutcome = 'abort' | 'refused' | 'named' | 'harmless' | 'silent';

export interface Flip {
  readonly outcome: FlipOutcome;
  readonly offset: number;
  readonly bit: number;
  /** The table or index of the page, or the header of the log or of a frame. */
  readonly place: string;
  /** The parts that have changed, or why the store refused. */
  readonly detail: string;
  /** The first difference in each part, of a silent flip. */
  readonly differences: readonly string[];
}

/**
 * Tries single-bit flips of one file of a store, each in a copy of its directory.
 * @param suffix of the file to damage: '' for the database, '-wal' for its log
 * @param end offset behind the last byte to damage. Default: the size of the file
 * @param seed the same seed tries the same bits of the same file
 */
export async function tryFlips(
  origin: string,
  suffix: '' | '-wal',
  count: number,
  seed: number,
  end = statSync(getDatabasePath(origin) + suffix).size,
): Promise<Flip[]> {
  const random = createRandom(seed);
  const flips = Array.from({ length: count }, () => ({ offset: random(end), bit: random(8) }));
  const directories = flips.map(({ offset, bit }) => {
    const directory = copyStore(origin);
    flipBit(getDatabasePath(directory) + suffix, offset, bit);
    return directory;
  });
  const locate = createLocator(origin, suffix);
  const [intact, ...probed] = await probe([copyStore(origin), ...directories]);
  if (!intact || !('parts' in intact)) throw new Error(`the undamaged store cannot be read: ${JSON.stringify(intact)}`);
  return flips.map((flip, index) => ({
    ...flip,
    place: locate(flip.offset),
    ...classify(intact.parts, probed[index]),
  }));
}

/** Returns a function that names what lies at an offset of the database or its log. */
function createLocator(origin: string, suffix: '' | '-wal'): (offset: number) => string {
  // A copy: a log is moved into its database when that is opened and closed.
  const owners = withDatabase(getDatabasePath(copyStore(origin)), (database) => {
    const rows = database.prepare('SELECT pageno, name FROM dbstat').all() as { pageno: number; name: string }[];
    return new Map(rows.map(({ pageno, name }) => [pageno, name]));
  });
  const nameOwner = (page: number): string => `page ${page} of ${owners.get(page) ?? 'nothing'}`;
  if (suffix === '') return (offset) => nameOwner(Math.floor(offset / PAGE_BYTES) + 1);
  const log = readFileSync(getDatabasePath(origin) + suffix);
  return (offset) => {
    if (offset < WAL_HEADER_BYTES) return 'header of the log';
    const within = (offset - WAL_HEADER_BYTES) % (FRAME_HEADER_BYTES + PAGE_BYTES);
    const owner = nameOwner(log.readUInt32BE(offset - within));
    return within < FRAME_HEADER_BYTES ? `header of a frame with ${owner}` : `frame with ${owner}`;
  };
}

function copyStore(origin: string): string {
  const directory = createTempDirectory();
  for (const suffix of ['', '-wal']) {
    const file = getDatabasePath(origin) + suffix;
    if (existsSync(file)) copyFileSync(file, getDatabasePath(directory) + suffix);
  }
  return directory;
}

/**
 * Reads the stores in a child process, and in another one from where the last ended. @returns undefined for an abort
 */
async function probe(directories: readonly string[]): Promise<(Probed | undefined)[]> {
  const results: (Probed | undefined)[] = [];
  while (results.length < directories.length) {
    const child = spawn(process.execPath, [PROBE, ...directories.slice(results.length)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = captureOutput(child.stdout);
    child.stderr.resume();
    const code = await new Promise((resolve) => child.once('close', resolve));
    const lines = output().split('\n').slice(0, -1);
    results.push(...lines.map((line) => JSON.parse(line) as Probed));
    if (code !== 0) results.push(undefined);
  }
  return results;
}

function classify(intact: Parts, probed: Probed | undefined): Pick<Flip, 'outcome' | 'detail' | 'differences'> {
  if (!probed) return { outcome: 'abort', detail: '', differences: [] };
  if ('refused' in probed) return { outcome: 'refused', detail: probed.refused, differences: [] };
  const { parts, findings } = probed;
  const changed = Object.keys(intact).filter((part) => !isDeepStrictEqual(parts[part], intact[part]));
  const silent = changed.filter((part) => !isRefusal(parts[part]));
  const detail = changed.join();
  if (silent.length > 0 && findings.length === 0) {
    const differences = silent.map((part) => describeDifference(part, intact[part], parts[part]));
    return { outcome: 'silent', detail, differences };
  }
  return { outcome: changed.length + findings.length > 0 ? 'named' : 'harmless', detail, differences: [] };
}

/** Describes the first difference of two values: its path, and what was and is there. */
function describeDifference(path: string, before: unknown, after: unknown): string {
  if (isContainer(before) && isContainer(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const name = names.find((candidate) => !isDeepStrictEqual(before[candidate], after[candidate])) ?? '';
    return describeDifference(`${path}.${name}`, before[name], after[name]);
  }
  return `${path}: ${JSON.stringify(before)} is now ${JSON.stringify(after)}`.slice(0, MAX_DIFFERENCE_LENGTH);
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isRefusal(part: unknown): boolean {
  return typeof part === 'object' && part !== null && 'refused' in part;
}
