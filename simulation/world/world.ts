/**
 * The simulated world: virtual time, the tasks that wait for it, and chance.
 *
 * Everything that real processes leave to the operating system is a task here: timers, turns of the event loop,
 * messages and disk accesses. The world runs one task at a time, the earliest first, and lets all promises settle that
 * it has resolved before it takes the next one. The moment of each task is drawn, so the seed decides the order of
 * those that are ready together.
 */
import { createRandom, type RandomSource } from '../../src/demo/random.js';
import { Life } from './life.js';
import { type Task, TaskHeap } from './task-heap.js';
import { Trace } from './trace.js';

/** Virtual time at which every run begins, milliseconds since the Unix epoch: shortly before a day ends. */
export const START_WALL_MS = Date.UTC(2026, 0, 5, 23, 58, 30);
/** Least distance of two tasks of a FIFO queue, milliseconds. */
const STEP_MS = 1e-6;

const realSetImmediate = setImmediate;

/** Resolves in the next turn of the real event loop: every promise that can settle has settled by then. */
export function awaitRealTurn(): Promise<void> {
  return new Promise((resolve) => realSetImmediate(resolve));
}

/** A promise that the simulation has broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export class World {
  readonly random: RandomSource;
  readonly trace = new Trace();
  /** Belongs to no process: the simulation itself. */
  readonly outside = new Life('outside');
  /** The process whose task runs. */
  current: Life = this.outside;
  nowMs = 0;
  steps = 0;
  /** First fault that was found. The run ends with it. */
  violation: Violation | undefined;
  /** Called after every step. */
  afterStep: ((stepped: Life) => void) | undefined;
  readonly #heap = new TaskHeap();
  #sequence = 0;
  readonly #holds = new Set<Promise<unknown>>();

  constructor(readonly seed: number) {
    this.random = createRandom(seed);
  }

  /** Tasks that wait, those of ended processes and cancelled ones left out. */
  countTasks(life?: Life): number {
    let count = 0;
    for (const task of this.#heap)
      if (!task.isCancelled && task.life.isAlive && (!life || task.life === life)) count += 1;
    return count;
  }

  /** Time of day of a process, milliseconds since the Unix epoch. */
  wallMs(life = this.current): number {
    return Math.floor(START_WALL_MS + this.nowMs + life.machine.wallOffsetMs);
  }

  /** Returns the true time of day at a moment of virtual time. */
  toWallMs(virtualMs: number): number {
    return Math.floor(START_WALL_MS + virtualMs);
  }

  /** Draws an integer from 0 to `below - 1`. */
  draw(below: number): number {
    return Math.floor(this.random() * below);
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.draw(items.length)] as T;
  }

  /** Runs `run` in a process after a delay. */
  schedule(kind: string, delayMs: number, run: () => void, life = this.current): Task {
    const task: Task = { atMs: this.nowMs + delayMs, sequence: this.#sequence, life, kind, run, isCancelled: false };
    this.#sequence += 1;
    this.#heap.push(task);
    return task;
  }

  /** As {@link schedule}, and after everything that was scheduled on the same queue of the process before. */
  scheduleInOrder(queue: string, kind: string, delayMs: number, run: () => void, life = this.current): Task {
    const atMs = Math.max(this.nowMs + delayMs, (life.lastAtMs.get(queue) ?? -1) + STEP_MS);
    life.lastAtMs.set(queue, atMs);
    return this.schedule(kind, atMs - this.nowMs, run, life);
  }

  /** Lets no further task run until a promise of the real world has settled. */
  hold(promise: Promise<unknown>): void {
    const held = promise.finally(() => this.#holds.delete(held));
    this.#holds.add(held);
  }

  /** Reports a broken promise. The run ends after the present step. */
  fail(message: string): void {
    this.violation ??= new Violation(message);
  }

  check(isKept: boolean, message: () => string): void {
    if (!isKept) this.fail(message());
  }

  /** Runs all tasks up to a moment, or until `isDone`. */
  async run(untilMs: number, isDone: () => boolean = () => false): Promise<void> {
    while (!this.violation && !isDone()) {
      while (this.#holds.size > 0) await Promise.all(this.#holds);
      const task = this.#heap.peek();
      if (!task || task.atMs > untilMs) break;
      this.#heap.pop();
      if (task.isCancelled || !task.life.isAlive || this.#isPostponed(task)) continue;
      this.#runTask(task);
      await awaitRealTurn();
      this.current = this.outside;
      this.afterStep?.(task.life);
    }
    if (!this.violation && !isDone()) this.nowMs = Math.max(this.nowMs, untilMs);
  }

  #isPostponed(task: Task): boolean {
    const atMs = Math.max(task.movedToMs ?? 0, task.life.pausedUntilMs);
    if (atMs <= task.atMs) return false;
    task.atMs = atMs;
    this.#heap.push(task);
    return true;
  }

  #runTask(task: Task): void {
    this.nowMs = Math.max(this.nowMs, task.atMs);
    this.steps += 1;
    this.current = task.life;
    this.trace.step(task.kind, task.life.name, this.nowMs);
    try {
      task.run();
    } catch (error) {
      this.failUncaught(error);
    }
  }

  /** Reports an error that nothing has caught: it would have ended the process. */
  failUncaught(error: unknown): void {
    if (error instanceof Violation) this.violation ??= error;
    else
      this.fail(
        `uncaught in ${this.current.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
  }
}

/** The world that runs. Virtual globals and stand-ins look it up here. */
let present: World | undefined;

export function setWorld(world: World | undefined): void {
  present = world;
}

export function getWorld(): World {
  if (!present) throw new Error('no world is running');
  return present;
}

export function findWorld(): World | undefined {
  return present;
}
