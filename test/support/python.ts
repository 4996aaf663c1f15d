/** Runs Python programs that use the client of `clients/python`. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type RunningCommand, startCommand } from './cli-process.js';

/** Debian's Python: packages such as `python3-websockets` are for this one, not for others on the PATH. */
const DEBIAN_PYTHON = '/usr/bin/python3';
const PYTHON = existsSync(DEBIAN_PYTHON) ? DEBIAN_PYTHON : 'python3';

export const PYTHON_CLIENT = fileURLToPath(new URL('../../clients/python', import.meta.url));

/**
 * Starts Python with these arguments; `import tallyboard` finds the client.
 * @param cwd by default the folder of the client
 * @param variables of the environment, in addition to what is needed
 */
export function startPython(
  args: readonly string[],
  cwd = PYTHON_CLIENT,
  variables: Readonly<Record<string, string>> = {},
): RunningCommand {
  const env = { ...variables, PYTHONPATH: PYTHON_CLIENT, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' };
  return startCommand(args, env, PYTHON, cwd);
}

/** Runs Python to its end. @returns what it printed @throws Error with its error output if it fails */
export async function runPython(...call: Parameters<typeof startPython>): Promise<string> {
  const { ended, stdout, stderr } = startPython(...call);
  const [code, [args]] = [await ended, call];
  if (code !== 0) throw new Error(`python3 ${args.slice(0, 2).join(' ')} exited with ${code}:\n${stdout()}${stderr()}`);
  return stdout();
}
