/** Runs the built service, or another Node program, as a process of its own. */
import { type ChildProcess, type ChildProcessByStdio, spawn, type StdioOptions } from 'node:child_process';
import type { Readable } from 'node:stream';
import { captureOutput } from './child-output.js';

export interface ProgramOptions {
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Shell commands that run before it in the same process, for example `ulimit -S -f 2048`. */
  readonly shellCommands?: string;
}

/** Starts a Node program. With shell commands a shell runs them and becomes the program, so the pid is the program's own. */
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
  /** Everything printed so far, standard output and standard error. */
  readonly output: () => string;
  /** Resolves with the exit code, or null after a signal, when the process is gone and its output has arrived. */
  readonly ended: Promise<number | null>;

  constructor(file: string, options: ProgramOptions) {
    this.child = spawnNodeProgram(file, options, ['ignore', 'pipe', 'pipe']) as ServiceProcess['child'];
    this.output = captureOutput(this.child.stdout, this.child.stderr);
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** Resolves with the address that the service prints when it listens. @throws Error with the output if it ends first */
  async waitForUrl(): Promise<string> {
    return new Promise((resolve, reject) => {
      const readUrl = (): void => {
        const url = /Listening on (http:\/\/[^\s"]+)[\s"]/.exec(this.output())?.[1];
        if (url !== undefined) resolve(url);
      };
      readUrl();
      this.child.stdout.on('data', readUrl);
      void this.ended.then((code) => reject(new Error(`the service ended with ${code}:\n${this.output()}`)));
    });
  }

  /** Sends a signal. @returns the exit code, or null if the signal ended it */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}
