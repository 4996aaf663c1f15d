/** Calls methods of a worker thread, and reports when the thread is lost. */
import { Worker } from 'node:worker_threads';
import { type Refusal, TallyError } from '../../counters/errors.js';
import { createStoreUnavailableError } from '../in-process/decide.js';
import { StoreOpenError } from '../store-open.error.js';
import { type Limits, type Retention } from '../store.js';

/** `workerData` of both worker threads. */
export interface WorkerOptions {
  readonly directory: string;
  readonly retention: Retention;
  readonly limits: Limits;
  /** Zone of dashboards that name none. */
  readonly timeZone: string;
  /** True if another file stands in the place of the one that was opened before: its history is another one. */
  readonly isReplaced?: boolean;
}

export interface SqliteStoreOptions extends WorkerOptions {
  /** Change sets that may wait for a commit; beyond that, `apply` fails with `overloaded`. */
  readonly maxPending: number;
  /** Time that the writer thread has to respond, milliseconds. */
  readonly timeoutMs: number;
}

/** What the writer thread did or found while it opened the file, for the log. */
export interface OpenNotice {
  readonly message: string;
  readonly isWarning: boolean;
}

/** Import names from package.json. They lead to the compiled files, also in tests that run the sources. */
type WorkerEntry = '#sqlite-writer' | '#sqlite-reader';

export type WorkerMethod =
  | 'apply'
  | 'define'
  | 'remove'
  | 'readDashboard'
  | 'readAllDashboards'
  | 'readNewestTime'
  | 'redateAhead'
  | 'beginPast'
  | 'addPast'
  | 'completePast'
  | 'abortPast'
  | 'readTrust'
  | 'recordTrust'
  | 'listDocumented'
  | 'readDocuments'
  | 'writeDocuments'
  | 'expire'
  | 'searchLedger'
  | 'readPoints'
  | 'readSums'
  | 'readPastBounds'
  | 'checkRows'
  | 'checkFiles'
  | 'readNotices'
  | 'close';

/** The worker executes calls in order. */
export interface WorkerCall {
  readonly id: number;
  readonly method: WorkerMethod;
  readonly args: readonly unknown[];
}

/** A value, a refusal of the error catalogue, or the message of any other error. */
export type WorkerResponse =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly refusal: Refusal }
  | { readonly id: number; readonly failure: string };

/** Damage that the worker found, reported beside the answers. */
export interface DamageMessage {
  readonly finding: string;
}

/** Warning of Node, a library or the thread itself. */
export interface WarningMessage {
  readonly warning: { readonly name: string; readonly message: string; readonly code?: string };
}

/** Id of the response with which the worker reports that it has started, or why not. */
export const OPENING_CALL_ID = 0;

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerClient {
  /** Resolves when the worker has opened the file. Rejects with a StoreOpenError. */
  readonly opened: Promise<void>;
  /** Resolves with the reason when the thread ends. */
  readonly ended: Promise<string>;
  readonly #worker: Worker;
  readonly #pendingCalls = new Map<number, PendingCall>();
  #lastId = OPENING_CALL_ID;
  #endReason: string | undefined;

  /** @param reportDamage receives the description of each damaged row that the worker reads */
  constructor(
    entry: WorkerEntry,
    options: WorkerOptions,
    private readonly reportDamage: (finding: string) => void,
  ) {
    this.#worker = new Worker(new URL(import.meta.resolve(entry)), { workerData: options, name: entry });
    this.opened = new Promise((resolve, reject) => {
      this.#pendingCalls.set(OPENING_CALL_ID, { resolve: () => resolve(), reject });
    });
    this.#worker.on('message', (message: WorkerResponse | DamageMessage | WarningMessage) => {
      if ('finding' in message) this.reportDamage(message.finding);
      else if ('warning' in message) repeatWarning(message.warning);
      else this.#settle(message);
    });
    this.ended = new Promise((resolve) => {
      let reason = '';
      this.#worker.once('error', (error) => (reason = error.message));
      this.#worker.once('exit', (code) => {
        this.#endReason = `worker thread ${entry} ended (${reason || `code ${code}`})`;
        for (const { reject } of this.#pendingCalls.values()) reject(createStoreUnavailableError(this.#endReason));
        this.#pendingCalls.clear();
        resolve(this.#endReason);
      });
    });
  }

  /** @throws TallyError the refusal, or `store-unavailable` if the driver failed or the thread is lost */
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

/** Emits a warning of the thread in this one, where it is logged. The thread's own `process` would print it. */
function repeatWarning({ name, message, code }: WarningMessage['warning']): void {
  process.emitWarning(message, { type: name, ...(code !== undefined && { code }) });
}
