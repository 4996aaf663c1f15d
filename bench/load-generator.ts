/** A load process as the runner sees it: asks it to watch, to change, and to sample what that cost the server. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Called, Calls } from './retrying-clients.js';
import type { Route, Tally } from './load-clients.js';
import type { Crossed, Crossing } from './propagation-latency.js';
import type { Answered, Lines } from './ndjson-stream.js';
import { spawnNode } from './server.js';
import type { LastState, Watch } from './viewer.js';

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
export interface Tasks {
  watch: { takes: Watch; gives: void };
  storm: { takes: { port: number; connections: number; cycle: readonly Route[] }; gives: void };
  pace: { takes: { port: number; perSecond: number; route: Route }; gives: void };
  stream: { takes: Lines; gives: Answered };
  call: { takes: Calls; gives: void };
  hangUp: { takes: null; gives: Called };
  cross: { takes: Crossing; gives: Crossed };
  rest: { takes: null; gives: Tally };
  settle: { takes: { last: LastState; withinMs: number }; gives: { lastAtMs: number; faults: string[] } };
  listen: { takes: null; gives: void };
  sample: { takes: { pid: number }; gives: Sample };
  leave: { takes: null; gives: void };
}

export interface Ask<Task extends keyof Tasks = keyof Tasks> {
  readonly id: number;
  readonly task: Task;
  readonly takes: Tasks[Task]['takes'];
}

export interface Answer {
  readonly id: number;
  readonly gives?: unknown;
  readonly error?: string;
}

export class Load {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (gives: unknown) => void; reject: (error: Error) => void }>();
  #asked = 0;

  constructor() {
    this.#child = spawnNode(join(import.meta.dirname, 'load-process.js'), {}, ['ignore', 'inherit', 'inherit', 'ipc']);
    this.#child.on('message', ({ id, gives, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(gives);
      else waiting?.reject(new Error(error));
    });
    this.#child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('a load process ended early'));
      this.#waiting.clear();
    });
  }

  ask<Task extends keyof Tasks>(task: Task, takes: Tasks[Task]['takes']): Promise<Tasks[Task]['gives']> {
    const id = (this.#asked += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (gives) => resolve(gives as Tasks[Task]['gives']), reject });
      this.#child.send({ id, task, takes } satisfies Ask<Task>);
    });
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}
