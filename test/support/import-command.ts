/** Interrupts `tallyboard import` in the middle of an export. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterTest, eventually } from './cleanup.js';

const COMMAND_FILE = fileURLToPath(new URL('../../dist/cli/tallyboard.js', import.meta.url));

/**
 * Feeds the first part of an export to an import, and kills it.
 * @param hasProgressed kills the import once this resolves with true; by default once the pipe has taken the whole
 *   part, of which the import may not have read the last kilobytes
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

/** Returns the lines of an export up to and including the `count`-th of a kind. */
export function takeLinesUpTo(text: string, kind: 'points' | 'ledger' | 'key', count: number): string {
  const lines = text.split(/(?<=\n)/);
  const matchingIndexes = lines.flatMap((line, index) => (line.startsWith(`{"${kind}"`) ? [index] : []));
  return lines.slice(0, (matchingIndexes[count - 1] ?? lines.length) + 1).join('');
}
