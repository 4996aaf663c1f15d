/** Starts workers, starts those anew that die, passes messages between them, and stops them. */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { mergeMetrics, type MetricFamily, type MetricSource } from '../ops/merged-metrics.js';
import type { ConfigValues } from './worker-config.js';
import type { MessageToParent, MessageToWorker } from './worker-messages.js';

/** Deaths within a time, milliseconds, that are too many to go on. */
const [MAX_DEATHS, DEATHS_WINDOW_MS] = [5, 60_000];
/** Time for a worker to answer with its metrics, milliseconds. One that does not is left out. */
const METRICS_TIMEOUT_MS = 2_000;

export class WorkerPool {
  readonly #logger = new Logger('Workers');
  /** Workers by their places: a worker that is started anew has the number of the one before. */
  readonly #workers = new Map<number, Worker>();
  /** Times of deaths, `performance.now()`. */
  #deaths: number[] = [];
  #isStopping = false;
  /** True once a worker has taken requests. */
  #hasListened = false;
  #restarting: Promise<void> | undefined;
  #nextRequest = 0;
  readonly #metricRequests = new Map<string, (families: readonly MetricFamily[]) => void>();
  /** Reads the metrics of this process, if it has the store. */
  readOwnMetrics: (() => Promise<MetricFamily[]>) | undefined;

  /** @param onGivenUp called with the reason when it does not help to start workers that have ended */
  constructor(
    private readonly count: number,
    private readonly values: ConfigValues,
    private readonly onGivenUp: (reason: string) => Promise<void>,
  ) {}

  /** Starts the workers. @returns the address on which they listen, once the first of them does */
  async start(): Promise<string> {
    const places = Array.from({ length: this.count }, (_, index) => index + 1);
    return Promise.any(places.map((place) => this.#start(place)));
  }

  /** Starts all workers anew, and then stops the ones before: no viewer comes to one that will end. */
  restart(): Promise<void> {
    return (this.#restarting ??= this.#restart().finally(() => (this.#restarting = undefined)));
  }

  /** Asks all workers to shut down. Resolves when they have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#workers.values()].map((worker) => stopWorker(worker)));
  }

  /** Returns the metrics of all processes. */
  async renderMetrics(): Promise<string> {
    const own = this.readOwnMetrics ? [{ families: await this.readOwnMetrics() }] : [];
    const workers = await Promise.all([...this.#workers].map(([place, worker]) => this.#readMetrics(place, worker)));
    return mergeMetrics([...own, ...workers.filter((source) => source !== undefined)]);
  }

  async #restart(): Promise<void> {
    this.#logger.log('starting the workers anew');
    const before = [...this.#workers];
    await Promise.all(before.map(([place]) => this.#start(place)));
    await Promise.all(before.map(([, worker]) => stopWorker(worker, 'retire')));
    this.#logger.log('started the workers anew');
  }

  /** Starts a worker in a place. @returns its address once it listens */
  #start(place: number): Promise<string> {
    const worker = cluster.fork();
    this.#workers.set(place, worker);
    return new Promise((resolve) => {
      worker.on('message', (message: MessageToParent) => {
        if (message.kind === 'ready') this.#sendStart(worker);
        else if (message.kind === 'listening') {
          this.#hasListened = true;
          resolve(message.url);
        } else if (message.kind === 'used') this.#sendToOthers(worker, message);
        else if (message.kind === 'metrics') this.#metricRequests.get(`${worker.id} ${message.id}`)?.(message.families);
        else void this.#sendAllMetrics(worker, message.id);
      });
      worker.once('exit', (code, signal) => {
        // A worker that was replaced has ended as it should.
        if (this.#workers.get(place) !== worker || this.#isStopping) return;
        // It has said why: its port is taken, for example.
        if (!this.#hasListened && code === 1) return void this.onGivenUp('no worker could start');
        this.#logger.warn(`worker ${place} has ended (${signal ?? code}): starting it anew`);
        void this.#replace(place).then(resolve);
      });
    });
  }

  /** Answers a worker that is ready: messages that were sent to it earlier are lost, also the one to stop. */
  #sendStart(worker: Worker): void {
    send(worker, this.#isStopping ? { kind: 'stop' } : { kind: 'start', values: this.values });
  }

  async #replace(place: number): Promise<string> {
    const nowMs = performance.now();
    this.#deaths = [...this.#deaths, nowMs].filter((ms) => nowMs - ms < DEATHS_WINDOW_MS);
    if (this.#deaths.length >= MAX_DEATHS) await this.onGivenUp('five workers have died within a minute');
    return this.#start(place);
  }

  #sendToOthers(sender: Worker, message: MessageToWorker): void {
    for (const worker of this.#workers.values()) if (worker !== sender) send(worker, message);
  }

  async #sendAllMetrics(worker: Worker, id: number): Promise<void> {
    send(worker, { kind: 'all-metrics', id, text: await this.renderMetrics() });
  }

  async #readMetrics(place: number, worker: Worker): Promise<MetricSource | undefined> {
    const id = (this.#nextRequest += 1);
    const key = `${worker.id} ${id}`;
    const answer = new Promise<readonly MetricFamily[]>((resolve) => this.#metricRequests.set(key, resolve));
    send(worker, { kind: 'read-metrics', id, hasCounters: !this.readOwnMetrics });
    const families = await Promise.race([answer, pause(METRICS_TIMEOUT_MS, undefined, { ref: false })]);
    this.#metricRequests.delete(key);
    return families && { worker: place, families };
  }
}

/** Asks a worker to shut down. Resolves when it has ended. */
async function stopWorker(worker: Worker, kind: 'stop' | 'retire' = 'stop'): Promise<void> {
  if (worker.isDead()) return;
  const ended = once(worker, 'exit');
  send(worker, { kind });
  await ended;
}

/** A worker that has just died gets no message. */
function send(worker: Worker, message: MessageToWorker): void {
  if (worker.isConnected()) worker.send(message, () => {});
}
