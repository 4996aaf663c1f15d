/** This side of the worker thread: calls as promises, and word when the thread is lost. */
import { Worker } from 'node:worker_threads';
import { type Refusal, TallyError } from '../../counters/errors.js';
import { storeUnavailable } from '../in-process/decide.js';
import { StoreOpenError } from '../store-open.error.js';
import { type Limits, type Retention } from '../store.js';

/** What the worker is started with. */
export interface WorkerOptions {
  readonly directory: string;
  readonly retention: Retention;
  readonly limits: Limits;
}

/** The package's own names for the compiled files: the same ones from `dist` and from tests, which run the sources. */
export type Entry = '#sqlite-writer' | '#sqlite-reader';

export type Method = 'apply' | 'define' | 'remove' | 'read' | 'dashboards' | 'ledger' | 'points' | 'ping' | 'close';

/** A call to the worker. Calls are carried out in order. */
export interface Call {
  readonly id: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}

/** What comes of a call: a value, a refusal of the catalogue, or the driver's failure. */
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly refusal: Refusal }
  | { readonly id: number; readonly failure: string };

/** The id under which the worker says how its start went. */
export const OPENING = 0;

interface Caller {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class StoreThread {
  /** Resolves when the file is open. @rejects StoreOpenError */
  readonly opened: Promise<void>;
  /** Resolves when the thread has ended, with the reason. */
  readonly ended: Promise<string>;
  readonly #worker: Worker;
  readonly #callers = new Map<number, Caller>();
  #lastId = OPENING;
  #end: string | undefined;

  constructor(entry: Entry, options: WorkerOptions) {
    this.#worker = new Worker(new URL(import.meta.resolve(entry)), { workerData: options, name: entry });
    this.opened = new Promise((resolve, reject) => {
      this.#callers.set(OPENING, { resolve: () => resolve(), reject });
    });
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.ended = new Promise((resolve) => {
      let reason = '';
      this.#worker.once('error', (error) => (reason = error.message));
      this.#worker.once('exit', (code) => {
        this.#end = `the thread ${entry} has ended (${reason || `code ${code}`})`;
        for (const { reject } of this.#callers.values()) reject(storeUnavailable(this.#end));
        this.#callers.clear();
        resolve(this.#end);
      });
    });
  }

  /** @rejects TallyError the refusal, or `store-unavailable` when the driver failed or the thread is lost */
  call<T>(method: Method, ...args: readonly unknown[]): Promise<T> {
    if (this.#end !== undefined) return Promise.reject(storeUnavailable(this.#end));
    return new Promise<T>((resolve, reject) => {
      this.#lastId += 1;
      this.#callers.set(this.#lastId, { resolve: (value) => resolve(value as T), reject });
      this.#worker.postMessage({ id: this.#lastId, method, args } satisfies Call);
    });
  }

  #settle(answer: Answer): void {
    const caller = this.#callers.get(answer.id);
    this.#callers.delete(answer.id);
    if (!caller) return;
    if ('value' in answer) caller.resolve(answer.value);
    else if ('refusal' in answer) caller.reject(new TallyError(answer.refusal.code, answer.refusal.detail));
    else if (answer.id === OPENING) caller.reject(new StoreOpenError(answer.failure));
    else caller.reject(storeUnavailable(`the store failed (${answer.failure}): nothing was changed`));
  }
}
