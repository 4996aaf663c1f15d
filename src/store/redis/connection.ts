/** Three Redis connections: commands, reads and subscriptions. They reconnect by themselves. */
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
  /** In the format of `RedisUrl`. */
  readonly url: string;
  /** Prefix of all keys. */
  readonly prefix: string;
  /** Number of replicas that must confirm a change before it is acknowledged. */
  readonly waitReplicas: number;
  /** Number of servers that must have synced it to disk: 0 for none, 1 for the master, more to include replicas. */
  readonly waitAof: number;
}

/** A check of the connected server. Resolves with the permanent fault that it found, if any. */
export type ServerCheck = (client: RedisClient) => Promise<StoreOpenError | undefined>;

/** Interval of pings, which detect dead connections that are otherwise idle. */
const PING_INTERVAL_MS = 5_000;

/** Delay before a client that has given up is connected again, milliseconds. */
const RECONNECT_AFTER_END_MS = 200;

export class RedisConnection {
  readonly commands: RedisClient;
  readonly reads: RedisClient;
  readonly subscriber: RedisClient;
  /** Emits true after every reconnection, even after a short loss: subscriptions are lost then and must be renewed. */
  readonly ready$ = new BehaviorSubject(false);
  readonly #logger = new Logger(RedisConnection.name);
  readonly #clients: readonly RedisClient[];
  readonly #address: RedisAddress;
  readonly #displayAddress: string;
  readonly #durabilityMonitor: DurabilityMonitor;
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new';
  #opening: { readonly resolve: () => void; readonly reject: (error: StoreOpenError) => void } | undefined;
  /** Changes whenever a connection is lost or verified, so that an outdated verification can tell. */
  #connectionAttempt = 0;
  /** Reasons that were logged since the connections were lost. */
  readonly #loggedReasons = new Set<string>();
  #pingTimer: NodeJS.Timeout | undefined;

  /**
   * @param checks run after each connection, before the server counts as ready
   * @throws StoreOpenError if the URL is invalid or a TLS file cannot be read
   */
  constructor(
    private readonly options: RedisConnectionOptions,
    private readonly checks: readonly ServerCheck[] = [],
  ) {
    const url = RedisUrl.parse(options.url);
    if (!url.address) throw new StoreOpenError(`REDIS_URL ${url.fault ?? ''}`);
    this.#address = url.address;
    this.#displayAddress = url.address.hosts.map(({ host, port }) => `${host}:${port}`).join(',');
    this.#durabilityMonitor = new DurabilityMonitor({ ...options, hasSentinels: url.address.kind === 'sentinel' });
    const make = (name: string): RedisClient => this.#attachListeners(createRedisClient(this.#address, options, name));
    [this.commands, this.reads, this.subscriber] = [make('commands'), make('reads'), make('subscriber')];
    this.#clients = [this.commands, this.reads, this.subscriber];
  }

  /** True while all connections are up and the server has been verified. */
  get isReady(): boolean {
    return this.ready$.value;
  }

  get isCluster(): boolean {
    return this.#address.kind === 'cluster';
  }

  /** Durability of acknowledged changes on this server. */
  get durability(): Durability {
    return this.#durabilityMonitor.latest;
  }

  /**
   * Connects. Also resolves if the server is away; the connection is then established in the background.
   * @throws StoreOpenError for a permanent fault: wrong credentials, TLS settings, server version or kind of server
   */
  async open(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'opening';
    const settled = new Promise<void>((resolve, reject) => {
      this.#opening = { resolve, reject };
    });
    const reason = this.#address.isTls ? 'no answer yet (does this port speak TLS?)' : 'no answer yet';
    const answerTimer = setTimeout(() => this.#reportUnavailable(reason), this.options.timeoutMs);
    this.#pingTimer = setInterval(() => this.#ping(), PING_INTERVAL_MS).unref();
    // Failures are also emitted as events.
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

  /** Subscribes to a sharded channel. Call it again each time `ready$` emits true. */
  async subscribe(channel: string): Promise<void> {
    // A Cluster client remembers its channels and would add this one a second time.
    if (this.subscriber instanceof Cluster) await this.unsubscribe(channel);
    await this.subscriber.ssubscribe(channel);
  }

  /** Unsubscribes. Errors are ignored: a lost connection has no subscriptions. */
  async unsubscribe(channel: string): Promise<void> {
    await this.subscriber.sunsubscribe(channel).catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearInterval(this.#pingTimer);
    // A client between two connection attempts emits no `end`.
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
      // One of several nodes; the others may still work.
      for (const event of ['node error', 'nodeError']) client.on(event, (error: Error) => this.#onNodeError(error));
      client.on('subscribersReady', () => this.isReady && this.ready$.next(true));
    }
    return client;
  }

  /**
   * Reconnects a client that has ended. A client that reconnects by itself can still end: for example when the
   * Sentinels announce a new master while it asks them for the old one (test/faults/redis-failover.redis-spec.ts).
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

  /** Checks that the server can be used: after a reconnection it may be another one. */
  async #verifyServer(): Promise<void> {
    const attempt = (this.#connectionAttempt += 1);
    let infos: readonly ServerInfo[];
    try {
      infos = await readServerInfo(this.commands, 'server');
    } catch (error) {
      // The user may lack the permission for INFO. Any other error means that the connection is lost again.
      if (!errorMessage(error).startsWith('NOPERM')) return;
      infos = [new Map()];
    }
    if (attempt !== this.#connectionAttempt || this.#state === 'closed') return;
    for (const info of infos) {
      const fault = findServerFault(info, this.#address, this.options.waitAof);
      if (fault) return this.#reportPermanentFault(fault);
    }
    if (!(await this.#passesChecks(attempt))) return;
    this.#loggedReasons.clear();
    await this.#durabilityMonitor.refresh(this.reads);
    if (attempt !== this.#connectionAttempt) return;
    this.#logger.log(`connected to ${[...new Set(infos.map(formatServerName))].join(', ')} at ${this.#displayAddress}`);
    this.ready$.next(true);
    this.#opening?.resolve();
  }

  /** Runs the checks and reports what they find. False also for an attempt that is outdated. */
  async #passesChecks(attempt: number): Promise<boolean> {
    try {
      for (const check of this.checks) {
        const fault = await check(this.commands);
        if (attempt !== this.#connectionAttempt) return false;
        if (!fault) continue;
        this.#reportPermanentFault(fault);
        return false;
      }
      return true;
    } catch (error) {
      // A lost connection starts an attempt of its own.
      if (attempt === this.#connectionAttempt) this.#onError(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
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

  /** Permanent fault. At start-up it fails the start; at run time it is logged and retried. */
  #reportPermanentFault(fault: StoreOpenError): void {
    if (this.#state === 'opening') this.#opening?.reject(fault);
    else this.#reportUnavailable(fault.message);
  }

  /** Logs each kind of reason once per outage, and lets `open` resolve: the start does not wait for the server. */
  #reportUnavailable(reason: string): void {
    this.#opening?.resolve();
    const kind = reason.replaceAll(/\d+/g, '');
    if (this.#loggedReasons.has(kind) || this.#state === 'closed') return;
    this.#loggedReasons.add(kind);
    this.#logger.error(
      `Redis at ${this.#displayAddress} is unavailable: ${reason}; changes are refused until it is back`,
    );
  }

  #ping(): void {
    if (this.isReady) void this.#durabilityMonitor.refresh(this.reads);
    // Whoever administers the server may have mended a fault without breaking the connections.
    else this.#checkStatus();
    for (const client of this.#clients) {
      if (client instanceof Redis && client.status === 'ready') client.ping().catch(() => undefined);
    }
  }
}

/**
 * A TLS socket with a refused certificate can emit two errors. ioredis handles one; the other would end the process.
 */
function ignoreStreamErrors(client: Redis): void {
  client.on('error', () => client.stream?.on('error', () => undefined));
}

/** The error of a Cluster client that found no node hides the cause in `lastNodeError`. */
function unwrapNodeError(error: Error): Error {
  return 'lastNodeError' in error && error.lastNodeError instanceof Error ? error.lastNodeError : error;
}
