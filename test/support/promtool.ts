/** Runs Debian's `promtool`, which the package `prometheus` has. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface PromtoolResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param input what promtool reads from stdin @throws Error if it cannot be started */
export function runPromtool(args: readonly string[], input = ''): PromtoolResult {
  const { error, status, stdout, stderr } = spawnSync('promtool', args, { cwd: ROOT, input, encoding: 'utf8' });
  if (error) throw new Error('promtool cannot be started: install it (apt-get install prometheus)', { cause: error });
  return { code: status, stdout, stderr };
}
