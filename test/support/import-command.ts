/** `tallyboard import` as a process that is fed bit by bit. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterTest, eventually } from './cleanup.js';

const COMMAND_FILE = fileURLToPath(new URL('../../dist/cli/tallyboard.js', import.meta.url));

/**
 * Gives an import the first part of an export, and kills it.
 * @param hasProgressed whether it has come far enough; when left out, it has when all but the last few kilobytes were read
 */
export async function killImport(
  args: readonly string[],
  partialExport: string,
  hasProgressed?: () => Promise<boolean>,
): Promise<void> {
  const child = spawn(process.execPath, [COMMAND_FILE, 'import', ...args], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: {},
  });
  const ended = once(child, 'close');
  afterTest(() => child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdin.write(partialExport, resolve));
  if (hasProgressed) await eventually(hasProgressed);
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
}

/** The first lines of an export, up to the one that is the `count`-th of its kind. */
export function takeLinesUpTo(text: string, kind: 'points' | 'ledger' | 'key', count: number): string {
  const lines = text.split(/(?<=\n)/);
  const matchingIndexes = lines.flatMap((line, index) => (line.startsWith(`{"${kind}"`) ? [index] : []));
  return lines.slice(0, (matchingIndexes[count - 1] ?? lines.length) + 1).join('');
}
