/** The built service as a process of its own, as a user starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterTest } from './lifetime.fixture.js';

export interface Service {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Sends the signal. @returns the exit code, or the signal that ended it */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | string>;
  readonly kill: () => Promise<number | string>;
}

export async function startService(env: Readonly<Record<string, string>>): Promise<Service> {
  const child = spawn(process.execPath, ['dist/main.js'], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => code ?? signal ?? '');
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return ended;
  };
  const kill = () => stop('SIGKILL');
  afterTest(kill);
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const address = /Listening on (http:\S+)/.exec(line)?.[1];
      if (address) resolve(address);
    });
    child.once('exit', (code) => reject(new Error(`the service ended with ${code} before it listened`)));
  });
  return { url, port: Number(new URL(url).port), child, stop, kill };
}
