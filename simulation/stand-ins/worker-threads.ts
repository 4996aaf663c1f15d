/**
 * Stands in for `node:worker_threads`. A thread is a process of the world with a queue of messages: each call takes the
 * time that the disk takes, half of it before the work and half of it after.
 */
import { EventEmitter } from 'node:events';
import { findDisk } from '../service/disk.js';
import { Life } from '../world/life.js';
import { awaitRealTurn, getWorld, type World } from '../world/world.js';

/** Time that a message takes between two threads at most, milliseconds. */
const MESSAGE_MS = 0.1;

type Open = () => void;

/** Threads, by their lives. */
const workers = new WeakMap<Life, Worker>();

export function findWorker(life: Life): Worker | undefined {
  return workers.get(life);
}

/** Ends of the channel in the thread that starts. The worker server reads them once, when it starts. */
export let parentPort: Port | undefined;
export let workerData: unknown;

/** Starts the thread of each entry module with the same data again. */
const entries = new Map<string, Open>();
let collect: ((open: Open) => void) | undefined;

/** Called by a worker module when it is loaded. @param open serves calls on the present {@link parentPort} */
export function registerWorker(open: Open): void {
  collect?.(open);
}

/** Loads a worker module once for each value of its data: it reads them when it is evaluated. */
async function loadEntry(url: string, data: unknown): Promise<Open> {
  const opens: Open[] = [];
  collect = (open) => opens.push(open);
  workerData = data;
  await import(`${url}?entry=${entries.size}`);
  collect = undefined;
  const [open] = opens;
  if (!open) throw new Error(`${url} serves no calls`);
  return open;
}

class Port extends EventEmitter {
  constructor(private readonly worker: Worker) {
    super();
  }

  postMessage(message: unknown): void {
    this.worker.receive(structuredClone(message));
  }

  close(): void {
    this.worker.end();
  }
}

export class Worker extends EventEmitter {
  readonly #world: World = getWorld();
  readonly #parent: Life;
  readonly #life: Life;
  readonly #port = new Port(this);
  readonly #forget: () => void;
  /** The thread works until then, virtual milliseconds. */
  #busyUntilMs = 0;
  /** Time until the answer to the call that runs arrives, milliseconds. */
  #answerMs = 0;

  constructor(url: URL, { workerData: data, name }: { readonly workerData: unknown; readonly name: string }) {
    super();
    this.#parent = this.#world.current;
    this.#life = new Life(`${this.#parent.name}${name}`, this.#parent.machine);
    this.#forget = this.#parent.addThread(this.#life);
    workers.set(this.#life, this);
    this.#world.hold(this.#load(url.href, data));
  }

  /** Whether the module is loaded already must make no difference: both ways lead through the real event loop. */
  async #load(url: string, data: unknown): Promise<void> {
    const key = `${url} ${JSON.stringify(data)}`;
    const known = entries.get(key);
    if (known) await awaitRealTurn();
    const open = known ?? (await loadEntry(url, data));
    entries.set(key, open);
    this.#start(open);
  }

  #start(open: Open): void {
    const startMs = this.#drawMs();
    this.#busyUntilMs = this.#world.nowMs + startMs;
    this.#world.scheduleInOrder('calls', 'thread starts', startMs, () => this.#work(0, open), this.#life);
  }

  /** The thread is lost, as after an error in native code. */
  crash(): void {
    if (!this.#life.isAlive) return;
    this.#forget();
    this.#life.kill();
    findDisk(this.#parent.machine)?.releaseOf(this.#life);
    const exit = (): void => {
      this.emit('error', new Error('the thread was lost'));
      this.emit('exit', 1);
    };
    this.#world.scheduleInOrder(this.#life.name, 'thread is lost', 0, exit, this.#parent);
  }

  postMessage(message: unknown): void {
    const copy = structuredClone(message);
    const workMs = this.#drawMs();
    const startMs = Math.max(this.#world.nowMs + this.#world.between(0, MESSAGE_MS), this.#busyUntilMs) + workMs / 2;
    this.#busyUntilMs = startMs + workMs / 2;
    const run = (): void => this.#work(workMs / 2, () => this.#port.emit('message', copy));
    this.#world.scheduleInOrder('calls', 'call', startMs - this.#world.nowMs, run, this.#life);
  }

  /** Called by the thread: hands a message to the process. */
  receive(message: unknown): void {
    const delayMs = this.#answerMs + this.#world.between(0, MESSAGE_MS);
    this.#world.scheduleInOrder(this.#life.name, 'answer', delayMs, () => this.emit('message', message), this.#parent);
  }

  /** Called by the thread when it has nothing more to do. */
  end(): void {
    this.#forget();
    const exit = (): void => void this.emit('exit', 0);
    this.#world.scheduleInOrder(this.#life.name, 'thread ends', this.#answerMs, exit, this.#parent);
    this.#world.schedule('thread ends', 0, () => this.#life.kill(), this.#life);
  }

  #work(answerMs: number, work: () => void): void {
    this.#answerMs = answerMs;
    parentPort = this.#port;
    work();
  }

  #drawMs(): number {
    return findDisk(this.#parent.machine)?.drawMs(this.#world) ?? 0;
  }
}
