/** The connections to Redis: one for what is written, one for what is read, one for what is heard. */
import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import { BehaviorSubject } from 'rxjs';
import { errorMessage } from '../../counters/errors.js';
import { type RedisClientSettings, createRedisClient, type RedisClient } from './client-factory.js';
import type { Durability } from '../durability.js';
import { DurabilityMonitor } from './durability-monitor.js';
import {
  readServerInfo,
  findServerFault,
  toConnectionError,
  type ServerInfo,
  formatServerName,
} from './server-info.js';
import { type RedisAddress, RedisUrl } from '../../config/redis-url.js';
import { StoreOpenError } from '../store-open.error.js';

export interface RedisConnectionOptions extends RedisClientSettings {
  /** As `RedisUrl` reads it. */
  readonly url: string;
  /** What all keys begin with. */
  readonly prefix: string;
  /** Replicas that have to confirm a change before it is acknowledged. */
  readonly waitReplicas: number;
  /** Servers that have to have it on their disk: 0 for none, 1 for the master, more for replicas too. */
  readonly waitAof: number;
}

/** How often connections are used that nothing else uses: one that is dead is found out. */
const PING_INTERVAL_MS = 5_000;

/** Pause until a client is connected again that has given up, milliseconds. */
const RECONNECT_AFTER_END_MS = 200;

export class RedisConnection {
  readonly commands: RedisClient;
  readonly reads: RedisClient;
  readonly subscriber: RedisClient;
  /** True again after every loss, even a short one: whatever was subscribed to is to be subscribed to again. */
  readonly ready$ = new BehaviorSubject(false);
  readonly #logger = new Logger(RedisConnection.name);
  readonly #clients: readonly RedisClient[];
  readonly #address: RedisAddress;
  readonly #displayAddress: string;
  readonly #durabilityMonitor: DurabilityMonitor;
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new';
  #opening: { readonly resolve: () => void; readonly reject: (error: StoreOpenError) => void } | undefined;
  /** Which connections were examined last. */
  #connectionAttempt = 0;
  /** What was said since the connections were lost. */
  readonly #loggedReasons = new Set<string>();
  #pingTimer: NodeJS.Timeout | undefined;

  /** @throws StoreOpenError when the URL or a file that it needs is wrong */
  constructor(private readonly options: RedisConnectionOptions) {
    const url = RedisUrl.parse(options.url);
    if (!url.address) throw new StoreOpenError(`REDIS_URL ${url.fault ?? ''}`);
    this.#address = url.address;
    this.#displayAddress = url.address.hosts.map(({ host, port }) => `${host}:${port}`).join(',');
    this.#durabilityMonitor = new DurabilityMonitor({ ...options, hasSentinels: url.address.kind === 'sentinel' });
    const make = (name: string): RedisClient => this.#attachListeners(createRedisClient(this.#address, options, name));
    [this.commands, this.reads, this.subscriber] = [make('commands'), make('reads'), make('subscriber')];
    this.#clients = [this.commands, this.reads, this.subscriber];
  }

  /** Whether all of them are connected, to a server that can be used. */
  get isReady(): boolean {
    return this.ready$.value;
  }

  get isCluster(): boolean {
    return this.#address.kind === 'cluster';
  }

  /** What an acknowledgement means there. */
  get durability(): Durability {
    return this.#durabilityMonitor.latest;
  }

  /**
   * Connects. Resolves also when the server is away: it is waited for in the background.
   * @throws StoreOpenError for what will not get better by waiting
   */
  async open(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'opening';
    const settled = new Promise<void>((resolve, reject) => {
      this.#opening = { resolve, reject };
    });
    const reason = this.#address.isTls ? 'no answer yet, if it speaks TLS there at all' : 'no answer yet';
    const answerTimer = setTimeout(() => this.#reportUnavailable(reason), this.options.timeoutMs);
    this.#pingTimer = setInterval(() => this.#ping(), PING_INTERVAL_MS).unref();
    // What fails is heard of as an event too.
    for (const client of this.#clients) client.connect().catch(() => undefined);
    try {
      await settled;
      this.#state = 'open';
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      clearTimeout(answerTimer);
    }
  }

  /** Subscribes to a channel of one slot, again after each time that `ready$` is true. */
  async subscribe(channel: string): Promise<void> {
    // A Cluster's client remembers channels by itself, and this one once more each time.
    if (this.subscriber instanceof Cluster) await this.unsubscribe(channel);
    await this.subscriber.ssubscribe(channel);
  }

  /** Ends it. What is lost with its connection has ended already. */
  async unsubscribe(channel: string): Promise<void> {
    await this.subscriber.sunsubscribe(channel).catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearInterval(this.#pingTimer);
    // One that is between two attempts says nothing any more.
    const ends = this.#clients.filter(({ status }) => status === 'ready').map((client) => once(client, 'end'));
    for (const client of this.#clients) client.disconnect();
    await Promise.all(ends);
    this.ready$.complete();
  }

  #attachListeners(client: RedisClient): RedisClient {
    client.on('ready', () => this.#checkStatus());
    for (const event of ['close', 'end', 'reconnecting']) client.on(event, () => this.#checkStatus());
    client.on('end', () => this.#reconnectAfterEnd(client));
    client.on('error', (error: Error) => this.#onError(error));
    if (client instanceof Redis) ignoreStreamErrors(client);
    else {
      client.on('+node', ignoreStreamErrors);
      // One node of several: the others may do.
      for (const event of ['node error', 'nodeError']) client.on(event, (error: Error) => this.#onNodeError(error));
      client.on('subscribersReady', () => this.isReady && this.ready$.next(true));
    }
    return client;
  }

  /**
   * A client that comes back by itself can end all the same: when Sentinels tell of a new master while it asks them for the old one
   * (test/fault-failover.redis-spec.ts).
   */
  #reconnectAfterEnd(client: RedisClient): void {
    setTimeout(() => {
      if (this.#state !== 'closed') client.connect().catch(() => undefined);
    }, RECONNECT_AFTER_END_MS).unref();
  }

  #checkStatus(): void {
    if (this.#state === 'closed') return;
    if (this.#clients.every(({ status }) => status === 'ready')) {
      if (!this.isReady) void this.#verifyServer();
      return;
    }
    this.#connectionAttempt += 1;
    if (!this.isReady) return;
    this.ready$.next(false);
    if (this.#loggedReasons.size === 0) this.#reportUnavailable('the connection was lost');
  }

  /** Another server may have taken the place of the one before. */
  async #verifyServer(): Promise<void> {
    const attempt = (this.#connectionAttempt += 1);
    let infos: readonly ServerInfo[];
    try {
      infos = await readServerInfo(this.commands, 'server');
    } catch (error) {
      // Some users may not ask; all else is a connection that is lost again.
      if (!errorMessage(error).startsWith('NOPERM')) return;
      infos = [new Map()];
    }
    if (attempt !== this.#connectionAttempt || this.#state === 'closed') return;
    for (const info of infos) {
      const fault = findServerFault(info, this.#address, this.options.waitAof);
      if (fault) return this.#reportPermanentFault(fault);
    }
    this.#loggedReasons.clear();
    await this.#durabilityMonitor.refresh(this.reads);
    if (attempt !== this.#connectionAttempt) return;
    this.#logger.log(`connected to ${[...new Set(infos.map(formatServerName))].join(', ')} at ${this.#displayAddress}`);
    this.ready$.next(true);
    this.#opening?.resolve();
  }

  #onError(error: Error): void {
    if (this.#state === 'closed') return;
    const cause = unwrapNodeError(error);
    const fault = toConnectionError(cause);
    if (fault) this.#reportPermanentFault(fault);
    else this.#reportUnavailable(cause.message);
  }

  #onNodeError(error: Error): void {
    const fault = toConnectionError(error);
    if (fault && this.#state !== 'closed') this.#reportPermanentFault(fault);
  }

  /** Nothing is to be expected of the server as it is: who starts the program is told; a program that runs waits for a better one. */
  #reportPermanentFault(fault: StoreOpenError): void {
    if (this.#state === 'opening') this.#opening?.reject(fault);
    else this.#reportUnavailable(fault.message);
  }

  /** Says each reason once until the connections are there again, however many attempts fail, and goes on without them. */
  #reportUnavailable(reason: string): void {
    this.#opening?.resolve();
    const kind = reason.replaceAll(/\d+/g, '');
    if (this.#loggedReasons.has(kind) || this.#state === 'closed') return;
    this.#loggedReasons.add(kind);
    this.#logger.error(`Redis at ${this.#displayAddress} cannot be used: ${reason}: changes are refused until it can`);
  }

  #ping(): void {
    if (this.isReady) void this.#durabilityMonitor.refresh(this.reads);
    for (const client of this.#clients) {
      if (client instanceof Redis && client.status === 'ready') client.ping().catch(() => undefined);
    }
  }
}

/** A TLS socket whose certificate is refused can fail twice; ioredis listens once, and the second time would end the process. */
function ignoreStreamErrors(client: Redis): void {
  client.on('error', () => client.stream?.on('error', () => undefined));
}

/** A Cluster that has found no node says nothing of why by itself. */
function unwrapNodeError(error: Error): Error {
  return 'lastNodeError' in error && error.lastNodeError instanceof Error ? error.lastNodeError : error;
}
