/** Runs floods in child processes: `attacker-process.mjs` and slowhttptest. They are killed after the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { captureOutput } from '../harness/child-output.js';
import { afterTest } from './cleanup.js';

const ATTACKER_FILE = fileURLToPath(new URL('attacker-process.mjs', import.meta.url));

interface AttackProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
}

function spawnAttack(command: string, args: readonly string[]): AttackProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = captureOutput(child.stdout, child.stderr);
  const closed = once(child, 'close');
  afterTest(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  return { child, output };
}

/** Arguments of `attacker-process.mjs`. */
interface FloodOptions {
  readonly mode: 'idle' | 'tokens' | 'upgrades';
  readonly port: number;
  readonly count: number;
  /** Source address of the connections; any address in 127.0.0.0/8 works. */
  readonly localAddress: string;
  readonly token?: string;
}

/** Starts a flood. Resolves with its output once that matches the pattern. @throws Error if the process exits first */
export async function startFlood(
  { mode, port, count, localAddress, token = 'wrong-' }: FloodOptions,
  outputPattern: RegExp,
): Promise<string> {
  const { child, output } = spawnAttack(process.execPath, [
    ATTACKER_FILE,
    mode,
    String(port),
    String(count),
    localAddress,
    token,
  ]);
  while (!outputPattern.test(output())) {
    if (child.exitCode !== null)
      throw new Error(`the attacker exited before it printed ${String(outputPattern)}: ${output()}`);
    await Promise.race([once(child.stdout as NodeJS.EventEmitter, 'data'), once(child, 'close')]);
  }
  return output();
}

/** Runs slowhttptest against a URL until it exits. @returns its last status report */
export async function runSlowHttpTest(url: string, ...args: readonly string[]): Promise<string> {
  const { child, output } = spawnAttack('slowhttptest', [...args, '-u', url]);
  await once(child, 'close');
  // oxlint-disable-next-line eslint/no-control-regex -- colours
  const text = output().replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '');
  return text.slice(text.lastIndexOf('slow HTTP test status'));
}
