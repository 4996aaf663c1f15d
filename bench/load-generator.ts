/** A load process as the runner sees it: asks it to watch, to change, and to sample what that cost the server. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { RetryingClientResult, RetryingClientOptions } from './retrying-clients.js';
import type { ChangeRoute, ChangeTotals } from './change-clients.js';
import type { PropagationResult, PropagationOptions } from './propagation-latency.js';
import type { BulkStreamResult, BulkStreamOptions } from './ndjson-stream.js';
import { spawnNodeProgram } from './server.js';
import type { ExpectedState, ViewerPoolOptions } from './viewer.js';

/** Counts and the server's cost, read in the same instant. */
export interface Sample {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** Frames that viewers got, their payload, and changes that were acknowledged, so far. */
  readonly frames: number;
  readonly bytes: number;
  readonly changes: number;
}

/** What a load process can be asked. */
export interface LoadTasks {
  watch: { takes: ViewerPoolOptions; gives: void };
  storm: { takes: { port: number; connections: number; cycle: readonly ChangeRoute[] }; gives: void };
  pace: { takes: { port: number; perSecond: number; route: ChangeRoute }; gives: void };
  stream: { takes: BulkStreamOptions; gives: BulkStreamResult };
  call: { takes: RetryingClientOptions; gives: void };
  hangUp: { takes: null; gives: RetryingClientResult };
  cross: { takes: PropagationOptions; gives: PropagationResult };
  rest: { takes: null; gives: ChangeTotals };
  settle: { takes: { last: ExpectedState; withinMs: number }; gives: { lastAtMs: number; faults: string[] } };
  listen: { takes: null; gives: void };
  sample: { takes: { pid: number }; gives: Sample };
  leave: { takes: null; gives: void };
}

export interface LoadRequest<Task extends keyof LoadTasks = keyof LoadTasks> {
  readonly id: number;
  readonly task: Task;
  readonly input: LoadTasks[Task]['takes'];
}

export interface LoadResponse {
  readonly id: number;
  readonly output?: unknown;
  readonly error?: string;
}

export class LoadGenerator {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve: (gives: unknown) => void; reject: (error: Error) => void }>();
  #requestCount = 0;

  constructor() {
    this.#child = spawnNodeProgram(join(import.meta.dirname, 'load-process.js'), {}, [
      'ignore',
      'inherit',
      'inherit',
      'ipc',
    ]);
    this.#child.on('message', ({ id, output: gives, error }: LoadResponse) => {
      const waiting = this.#pending.get(id);
      this.#pending.delete(id);
      if (error === undefined) waiting?.resolve(gives);
      else waiting?.reject(new Error(error));
    });
    this.#child.once('exit', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('a load process ended early'));
      this.#pending.clear();
    });
  }

  run<Task extends keyof LoadTasks>(task: Task, input: LoadTasks[Task]['takes']): Promise<LoadTasks[Task]['gives']> {
    const id = (this.#requestCount += 1);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: (gives) => resolve(gives as LoadTasks[Task]['gives']), reject });
      this.#child.send({ id, task, input } satisfies LoadRequest<Task>);
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
