/** This side of the worker thread: calls as promises, and word when the thread is lost. */
import { Worker } from 'node:worker_threads';
import { type Refusal, TallyError } from '../../counters/errors.js';
import { createStoreUnavailableError } from '../in-process/decide.js';
import { StoreOpenError } from '../store-open.error.js';
import { type Limits, type Retention } from '../store.js';

/** What the worker is started with. */
export interface WorkerOptions {
  readonly directory: string;
  readonly retention: Retention;
  readonly limits: Limits;
}

/** The package's own names for the compiled files: the same ones from `dist` and from tests, which run the sources. */
type WorkerEntry = '#sqlite-writer' | '#sqlite-reader';

export type WorkerMethod =
  | 'apply'
  | 'define'
  | 'remove'
  | 'readDashboard'
  | 'readAllDashboards'
  | 'readLedger'
  | 'readPoints'
  | 'ping'
  | 'close';

/** A call to the worker. Calls are carried out in order. */
export interface WorkerCall {
  readonly id: number;
  readonly method: WorkerMethod;
  readonly args: readonly unknown[];
}

/** What comes of a call: a value, a refusal of the catalogue, or the driver's failure. */
export type WorkerResponse =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly refusal: Refusal }
  | { readonly id: number; readonly failure: string };

/** The id under which the worker says how its start went. */
export const OPENING_CALL_ID = 0;

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerClient {
  /** Resolves when the file is open. @rejects StoreOpenError */
  readonly opened: Promise<void>;
  /** Resolves when the thread has ended, with the reason. */
  readonly ended: Promise<string>;
  readonly #worker: Worker;
  readonly #pendingCalls = new Map<number, PendingCall>();
  #lastId = OPENING_CALL_ID;
  #endReason: string | undefined;

  constructor(entry: WorkerEntry, options: WorkerOptions) {
    this.#worker = new Worker(new URL(import.meta.resolve(entry)), { workerData: options, name: entry });
    this.opened = new Promise((resolve, reject) => {
      this.#pendingCalls.set(OPENING_CALL_ID, { resolve: () => resolve(), reject });
    });
    this.#worker.on('message', (answer: WorkerResponse) => this.#settle(answer));
    this.ended = new Promise((resolve) => {
      let reason = '';
      this.#worker.once('error', (error) => (reason = error.message));
      this.#worker.once('exit', (code) => {
        this.#endReason = `the thread ${entry} has ended (${reason || `code ${code}`})`;
        for (const { reject } of this.#pendingCalls.values()) reject(createStoreUnavailableError(this.#endReason));
        this.#pendingCalls.clear();
        resolve(this.#endReason);
      });
    });
  }

  /** @rejects TallyError the refusal, or `store-unavailable` when the driver failed or the thread is lost */
  call<T>(method: WorkerMethod, ...args: readonly unknown[]): Promise<T> {
    if (this.#endReason !== undefined) return Promise.reject(createStoreUnavailableError(this.#endReason));
    return new Promise<T>((resolve, reject) => {
      this.#lastId += 1;
      this.#pendingCalls.set(this.#lastId, { resolve: (value) => resolve(value as T), reject });
      this.#worker.postMessage({ id: this.#lastId, method, args } satisfies WorkerCall);
    });
  }

  #settle(response: WorkerResponse): void {
    const pendingCall = this.#pendingCalls.get(response.id);
    this.#pendingCalls.delete(response.id);
    if (!pendingCall) return;
    if ('value' in response) pendingCall.resolve(response.value);
    else if ('refusal' in response) pendingCall.reject(new TallyError(response.refusal.code, response.refusal.detail));
    else if (response.id === OPENING_CALL_ID) pendingCall.reject(new StoreOpenError(response.failure));
    else pendingCall.reject(createStoreUnavailableError(`the store failed (${response.failure}): nothing was changed`));
  }
}
