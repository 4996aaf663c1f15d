/** Runs the built service, or another Node program, in a child process. */
import { type ChildProcess, type ChildProcessByStdio, spawn, type StdioOptions } from 'node:child_process';
import type { Readable } from 'node:stream';
import { captureOutput } from './child-output.js';

export interface ProgramOptions {
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Shell commands to run first in the same process, for example `ulimit -S -f 2048`. */
  readonly shellCommands?: string;
}

/** Starts a Node program. With shell commands, a shell runs them and then `exec`s the program, which keeps the pid. */
export function spawnNodeProgram(
  file: string,
  { env, cwd, shellCommands }: ProgramOptions,
  stdio: StdioOptions,
): ChildProcess {
  const [command, args] = shellCommands
    ? ['sh', ['-c', `${shellCommands}; exec "$0" "$@"`, process.execPath, file]]
    : [process.execPath, [file]];
  return spawn(command, args, { env, stdio, ...(cwd !== undefined && { cwd }) });
}

export class ServiceProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Returns everything printed so far to standard output and standard error. */
  readonly output: () => string;
  /** Resolves with the exit code, or null after a signal, once the process has exited and its output has arrived. */
  readonly ended: Promise<number | null>;

  constructor(file: string, options: ProgramOptions) {
    this.child = spawnNodeProgram(file, options, ['ignore', 'pipe', 'pipe']) as ServiceProcess['child'];
    this.output = captureOutput(this.child.stdout, this.child.stderr);
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** Resolves with the URL that the service logs when it listens. @throws Error with its output if it exits first */
  async waitForUrl(): Promise<string> {
    return new Promise((resolve, reject) => {
      const readUrl = (): void => {
        const url = /Listening on (http:\/\/[^\s"]+)[\s"]/.exec(this.output())?.[1];
        if (url !== undefined) resolve(url);
      };
      readUrl();
      this.child.stdout.on('data', readUrl);
      void this.ended.then((code) =>
        reject(new Error(`the service exited with ${code} before it listened:\n${this.output()}`)),
      );
    });
  }

  /** Sends a signal and waits for the exit. @returns the exit code, or null if the signal terminated the process */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}
