/** Runs the scripts of `examples`. */
import { fileURLToPath } from 'node:url';
import { type RunningCommand, startCommand } from './cli-process.js';
import { createTempDirectory } from './temp-directory.js';

/** Starts a script of an example, such as `till/till.sh`, in an empty directory unless one is given. */
export function startExample(
  script: string,
  args: readonly string[],
  { cwd = createTempDirectory(), env = {} }: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): RunningCommand {
  return startCommand(args, env, getExamplePath(script), cwd);
}

/** Runs a script to its end. */
export async function runExample(...call: Parameters<typeof startExample>) {
  const { ended, stdout, stderr } = startExample(...call);
  const code = await ended;
  return { code, stdout: stdout(), stderr: stderr() };
}

export function getExamplePath(path: string): string {
  return fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));
}
