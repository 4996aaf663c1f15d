/** Timers of virtual time, with the interface of Node's. */
import type { Task } from './task-heap.js';
import { getWorld, type World } from './world.js';

/** Longest delay of the operating system after a timer is due, milliseconds. */
const MAX_LATENESS_MS = 0.4;

export class VirtualTimer {
  #task: Task | undefined;

  constructor(
    private readonly world: World,
    private readonly callback: () => void,
    private readonly delayMs: number,
    private readonly isRepeated: boolean,
  ) {
    this.#start();
  }

  refresh(): this {
    if (!this.#task || this.#task.isCancelled) return this;
    // The task stays where it is, and moves when its turn comes: a heartbeat is refreshed with every frame.
    const dueMs = this.world.nowMs + this.delayMs;
    if (dueMs >= this.#task.atMs) this.#task.movedToMs = dueMs;
    return this;
  }

  stop(): void {
    if (this.#task) this.#task.isCancelled = true;
    this.#task = undefined;
  }

  close(): this {
    this.stop();
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  #start(): void {
    const lateness = this.world.between(0, MAX_LATENESS_MS);
    // Node runs timers of the same duration in the order of their starts.
    const queue = `timer ${this.delayMs}`;
    this.#task = this.world.scheduleInOrder(queue, 'timer', this.delayMs + lateness, () => {
      this.#task = undefined;
      if (this.isRepeated) this.#start();
      this.callback();
    });
  }
}

/** As Node does it: less than a millisecond counts as one, and what a timer cannot hold as well. */
function toDelay(delayMs = 1): number {
  return delayMs >= 1 && delayMs <= 2 ** 31 - 1 ? Math.trunc(delayMs) : 1;
}

export function setVirtualTimeout(
  callback: (...args: unknown[]) => void,
  delayMs?: number,
  ...args: unknown[]
): VirtualTimer {
  return new VirtualTimer(getWorld(), () => callback(...args), toDelay(delayMs), false);
}

export function setVirtualInterval(
  callback: (...args: unknown[]) => void,
  delayMs?: number,
  ...args: unknown[]
): VirtualTimer {
  return new VirtualTimer(getWorld(), () => callback(...args), toDelay(delayMs), true);
}

export function clearVirtualTimer(timer: unknown): void {
  if (timer instanceof VirtualTimer) timer.stop();
}

/** Runs in the next turn of the event loop of the process, in the order of the calls. */
export function setVirtualImmediate(callback: (...args: unknown[]) => void, ...args: unknown[]): Task {
  const world = getWorld();
  return world.scheduleInOrder('immediate', 'immediate', world.between(0, 0.05), () => callback(...args));
}
