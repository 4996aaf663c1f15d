/** Starts a load process and calls its tasks over IPC: open viewers, send changes, sample the cost of the server. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { RetryingClientResult, RetryingClientOptions } from './retrying-clients.js';
import type { ChangeRoute, ChangeTotals } from './change-clients.js';
import type { HookTotals, StormRequest } from './hook-clients.js';
import type { PropagationResult, PropagationOptions } from './propagation-latency.js';
import type { BulkStreamResult, BulkStreamOptions } from './ndjson-stream.js';
import { spawnNodeProgram } from '../test/harness/service-process.js';
import { createProgramOptions } from './server.js';
import type { ExpectedState, ViewerPoolOptions } from './viewer.js';

/** Counts of this load process and the cost of the server, read at the same moment. */
export interface Sample {
  readonly atMs: number;
  readonly cpuMs: number;
  /** CPU time of this load process. */
  readonly loadCpuMs: number;
  readonly rssBytes: number;
  /** Frames that viewers have received so far. */
  readonly frames: number;
  /** Payload of those frames. */
  readonly bytes: number;
  /** Changes acknowledged so far. */
  readonly changes: number;
}

/** Tasks of a load process with their input and output. */
export interface LoadTasks {
  openViewers: { input: ViewerPoolOptions; output: void };
  startStorm: { input: { port: number; connections: number; cycle: readonly ChangeRoute[] }; output: void };
  startPaced: { input: { port: number; perSecond: number; routes: readonly ChangeRoute[] }; output: void };
  startHookStorm: { input: { port: number; connections: number; request: StormRequest }; output: void };
  startHookEvents: { input: { port: number; perSecond: number }; output: void };
  stopHookEvents: { input: null; output: HookTotals };
  sendStream: { input: BulkStreamOptions; output: BulkStreamResult };
  startRetrying: { input: RetryingClientOptions; output: void };
  stopRetrying: { input: null; output: RetryingClientResult };
  measurePropagation: { input: PropagationOptions; output: PropagationResult };
  stopChanges: { input: null; output: ChangeTotals };
  waitForState: { input: { last: ExpectedState; withinMs: number }; output: { lastAtMs: number; faults: string[] } };
  resumeReading: { input: null; output: void };
  sample: { input: { pid: number }; output: Sample };
  disconnect: { input: null; output: void };
}

export interface LoadRequest<Task extends keyof LoadTasks = keyof LoadTasks> {
  readonly id: number;
  readonly task: Task;
  readonly input: LoadTasks[Task]['input'];
}

export interface LoadResponse {
  readonly id: number;
  readonly output?: unknown;
  readonly error?: string;
}

export class LoadGenerator {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, { resolve: (output: unknown) => void; reject: (error: Error) => void }>();
  #requestCount = 0;

  constructor() {
    const file = join(import.meta.dirname, 'load-process.js');
    this.#child = spawnNodeProgram(file, createProgramOptions(), ['ignore', 'inherit', 'inherit', 'ipc']);
    this.#child.on('message', ({ id, output, error }: LoadResponse) => {
      const waiting = this.#pending.get(id);
      this.#pending.delete(id);
      if (error === undefined) waiting?.resolve(output);
      else waiting?.reject(new Error(error));
    });
    this.#child.once('exit', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('the load process exited before it answered'));
      this.#pending.clear();
    });
  }

  run<Task extends keyof LoadTasks>(task: Task, input: LoadTasks[Task]['input']): Promise<LoadTasks[Task]['output']> {
    const id = (this.#requestCount += 1);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: (output) => resolve(output as LoadTasks[Task]['output']), reject });
      this.#child.send({ id, task, input } satisfies LoadRequest<Task>);
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
