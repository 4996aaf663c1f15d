/** A binary heap of tasks, the earliest first. Tasks of the same moment are in the order in which they were added. */
import type { Life } from './life.js';

export interface Task {
  atMs: number;
  readonly sequence: number;
  readonly life: Life;
  readonly kind: string;
  readonly run: () => void;
  isCancelled: boolean;
  /** Set by a timer that was refreshed: the task moves there when its turn comes. */
  movedToMs?: number;
}

function isBefore(one: Task, other: Task): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.sequence < other.sequence);
}

export class TaskHeap {
  readonly #tasks: Task[] = [];

  get size(): number {
    return this.#tasks.length;
  }

  peek(): Task | undefined {
    return this.#tasks[0];
  }

  [Symbol.iterator](): Iterator<Task> {
    return this.#tasks[Symbol.iterator]();
  }

  push(task: Task): void {
    const tasks = this.#tasks;
    let index = tasks.length;
    tasks.push(task);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = tasks[parentIndex];
      if (!parent || isBefore(parent, task)) break;
      tasks[index] = parent;
      index = parentIndex;
    }
    tasks[index] = task;
  }

  pop(): Task | undefined {
    const tasks = this.#tasks;
    const first = tasks[0];
    const last = tasks.pop();
    if (!first || !last || first === last) return first;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = tasks[childIndex];
      if (!child) break;
      const right = tasks[childIndex + 1];
      if (right && isBefore(right, child)) {
        child = right;
        childIndex += 1;
      }
      if (isBefore(last, child)) break;
      tasks[index] = child;
      index = childIndex;
    }
    tasks[index] = last;
    return first;
  }
}
