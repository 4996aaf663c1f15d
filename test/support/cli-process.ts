/** Runs the built `tallyboard` command as a child process. A process that still runs is killed after the test. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '../harness/child-output.js';
import { afterTest } from './cleanup.js';

export interface RunningCommand {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the exit code, or null after a signal, once the process has exited and its output has arrived. */
  readonly ended: Promise<number | null>;
}

interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const COMMAND_FILE = fileURLToPath(new URL('../../dist/cli/tallyboard.js', import.meta.url));

/**
 * Starts `tallyboard` with these arguments and no other environment than PATH and `env`. Runs the file by its shebang.
 */
export function startCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  file = COMMAND_FILE,
  cwd?: string,
): RunningCommand {
  const child = spawn(file, args, {
    // The shebang looks up `node` on the PATH: let it find the one that runs the tests.
    env: { PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
  const [stdout, stderr] = [captureOutput(child.stdout), captureOutput(child.stderr)];
  const ended = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject));
  afterTest(() => child.kill('SIGKILL'));
  return { child, stdout, stderr, ended };
}

/** Runs `tallyboard` until it exits. */
export async function runCommand(
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const { ended, stdout, stderr } = startCommand(args, env);
  const code = await ended;
  return { code, stdout: stdout(), stderr: stderr() };
}
