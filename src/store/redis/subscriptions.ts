/** The dashboards that this instance is subscribed to. */
import type { Dashboard } from '../../counters/counters.js';
import type { StoreEvent } from '../store-events.js';
import { withTimeout } from '../with-timeout.js';
import type { RedisConnection } from './connection.js';
import type { RedisKeys } from './keys.js';
import { DashboardSubscription } from './dashboard-subscription.js';
import type { DashboardPatch } from './reply-codec.js';

/** Silence after which a dashboard is checked for lost messages, milliseconds. */
const QUIET_CHECK_AFTER_MS = 5_000;
/** Interval in which due checks are started, milliseconds. */
const CHECK_INTERVAL_MS = 1_000;
/** Time after which a check fails and the dashboard counts as stale, milliseconds. */
const CHECK_TIMEOUT_MS = 1_500;

interface SubscriptionHooks {
  readonly read: (dashboard: string) => Promise<Dashboard>;
  readonly renewEpoch: (dashboard: string) => Promise<void>;
  /** True while changes of the dashboard are refused. Its recovery triggers a read, so no check is needed. */
  readonly isFailing: (dashboard: string) => boolean;
  readonly publish: (event: StoreEvent) => void;
}

export class Subscriptions {
  readonly #byDashboard = new Map<string, DashboardSubscription>();
  readonly #byChannel = new Map<string, DashboardSubscription>();
  readonly #checkTimer: NodeJS.Timeout;

  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: RedisKeys,
    private readonly hooks: SubscriptionHooks,
    private readonly timeoutMs: number,
  ) {
    connection.subscriber.on('smessage', (channel: string, text: string) => {
      this.#byChannel.get(channel)?.receive(JSON.parse(text) as DashboardPatch);
    });
    this.#checkTimer = setInterval(() => this.#checkQuiet(), CHECK_INTERVAL_MS);
  }

  get(dashboard: string): DashboardSubscription | undefined {
    return this.#byDashboard.get(dashboard);
  }

  /** Implements `subscribe` of the port. */
  async subscribe(dashboard: string): Promise<Dashboard> {
    if (this.#byDashboard.has(dashboard)) return this.hooks.read(dashboard);
    const channel = this.keys.toChannel(dashboard);
    const subscription = new DashboardSubscription(dashboard, {
      read: () => this.hooks.read(dashboard),
      renewEpoch: () => this.hooks.renewEpoch(dashboard),
      publish: (event) => {
        if (event.kind === 'removed') this.unsubscribe(dashboard);
        this.hooks.publish(event);
      },
    });
    this.#byDashboard.set(dashboard, subscription);
    this.#byChannel.set(channel, subscription);
    try {
      return await withTimeout(this.#start(subscription, channel), this.timeoutMs);
    } catch (error) {
      this.unsubscribe(dashboard);
      throw error;
    }
  }

  async #start(subscription: DashboardSubscription, channel: string): Promise<Dashboard> {
    await this.connection.subscribe(channel);
    if (this.#byChannel.get(channel) !== subscription) throw new Error('the subscription was cancelled');
    return subscription.start();
  }

  unsubscribe(dashboard: string): void {
    const subscription = this.#byDashboard.get(dashboard);
    if (!subscription) return;
    subscription.close();
    this.#byDashboard.delete(dashboard);
    const channel = this.keys.toChannel(dashboard);
    this.#byChannel.delete(channel);
    void this.connection.unsubscribe(channel);
  }

  /**
   * Renews all subscriptions after a reconnection and reads what was missed. Resolves when that is done, or the
   * connection is lost again.
   */
  async resubscribeAll(): Promise<void> {
    await Promise.all([...this.#byDashboard.values()].map((subscription) => this.#resubscribe(subscription)));
  }

  /** Reports every dashboard as stale until it has been read again. */
  markAllStale(): void {
    for (const subscription of this.#byDashboard.values()) subscription.markStale();
  }

  close(): void {
    clearInterval(this.#checkTimer);
    for (const subscription of this.#byDashboard.values()) subscription.close();
    this.#byDashboard.clear();
    this.#byChannel.clear();
  }

  async #resubscribe(subscription: DashboardSubscription): Promise<void> {
    try {
      await this.connection.subscribe(this.keys.toChannel(subscription.dashboard));
      await subscription.reread();
    } catch {
      // The connection is lost again; the next one calls `resubscribeAll`.
      subscription.markStale();
    }
  }

  /**
   * Checks quiet dashboards, because messages can be lost and a server can hang, and stale ones whose recovery no event
   * announces, for example while a slot of a Cluster moves.
   */
  #checkQuiet(): void {
    const nowMs = performance.now();
    for (const subscription of this.#byDashboard.values()) {
      if (!subscription.isCurrent || this.hooks.isFailing(subscription.dashboard)) continue;
      if (nowMs - subscription.lastMessageMs < QUIET_CHECK_AFTER_MS && !subscription.isStale) continue;
      subscription.lastMessageMs = nowMs;
      void this.#check(subscription);
    }
  }

  async #check(subscription: DashboardSubscription): Promise<void> {
    const { dashboard, epoch, version, revision, at } = subscription;
    try {
      const { reads } = this.connection;
      const state = reads.hmget(this.keys.toDashboardKey(dashboard), 'epoch', 'revision', 'at', 'version');
      const [currentEpoch, currentRevision, currentAt, currentVersion] = await withTimeout(state, CHECK_TIMEOUT_MS);
      const isKnown =
        currentEpoch === epoch &&
        (Number(currentVersion) === version || subscription.version !== version) &&
        Number(currentRevision) >= revision &&
        Number(currentRevision) <= subscription.revision &&
        (Number(currentRevision) !== revision || Number(currentAt) === at);
      if (!isKnown || subscription.isStale) await this.#resubscribe(subscription);
    } catch {
      subscription.markStale();
      void subscription.reread();
    }
  }
}
