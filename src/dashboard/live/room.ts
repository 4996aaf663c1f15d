/**
 * The feeds of one dashboard, one for each filter that viewers use. A change marks the feeds that show it as dirty; all
 * dirty feeds are broadcast together, at one pace:
 *
 *     idle --change--> broadcasting --done--> pausing --timer--> idle (or broadcasting, if a feed is dirty)
 *
 * A change after an idle time is broadcast at once. Changes during a broadcast or pause are combined into the next
 * frame.
 */
import { setImmediate } from 'node:timers/promises';
import type { Outcome } from '../../counters/counters.js';
import { events } from '../../telemetry/events.js';
import type { DashboardState } from '../state/dashboard-state.js';
import { Feed, type FeedContext } from './feed.js';
import { type Patch, Status } from './frames.js';
import { type PacingLimits, computePauseMs } from './pacing.js';
import { forEachYielding } from './yielding-loop.js';
import type { TrafficStats, Viewer } from './viewer.js';

interface RoomOptions extends PacingLimits {
  readonly heartbeatMs: number;
}

const NO_FEEDS: readonly Feed[] = [];

export class Room implements FeedContext {
  /** Keyed by filter. The feed of all counters has the key `''`. */
  readonly #feeds = new Map<string, Feed>();
  readonly #feedsByCounter = new Map<string, Set<Feed>>();
  #dirtyFeeds = new Set<Feed>();
  #pendingChanges = 0;
  /** Latest revision seen. One outcome can combine several change sets, so revisions count them. */
  #latestRevision: number;
  /** `performance.now()` of the first change since the last broadcast. */
  #pendingSinceMs: number | undefined;
  /**
   * Not RxJS `throttle`: it takes 2 KB more per dashboard and ten times the CPU per frame (measured with 10,000
   * dashboards).
   */
  #pacingState: 'idle' | 'broadcasting' | 'pausing' = 'idle';
  #pacingTimer: NodeJS.Timeout | undefined;
  status: Status;
  #isStatusPending = false;

  constructor(
    readonly state: DashboardState,
    private readonly options: RoomOptions,
    readonly traffic: TrafficStats,
  ) {
    this.#latestRevision = state.revision;
    this.status = toStatus(state);
  }

  get feeds(): ReadonlyMap<string, Feed> {
    return this.#feeds;
  }

  getFeed(filter: ReadonlySet<string> | undefined): Feed {
    const key = toFilterKey(filter);
    let feed = this.#feeds.get(key);
    if (feed) return feed;
    feed = new Feed(this, filter, this.options.heartbeatMs);
    this.#feeds.set(key, feed);
    for (const counter of filter ?? []) {
      const feeds = this.#feedsByCounter.get(counter);
      if (feeds) feeds.add(feed);
      else this.#feedsByCounter.set(counter, new Set([feed]));
    }
    return feed;
  }

  /** Closes a feed. Its remaining viewers receive no more frames. */
  delete(feed: Feed): void {
    feed.close();
    this.#dirtyFeeds.delete(feed);
    const key = toFilterKey(feed.filter);
    if (this.#feeds.get(key) === feed) this.#feeds.delete(key);
    for (const counter of feed.filter ?? []) {
      const feeds = this.#feedsByCounter.get(counter);
      feeds?.delete(feed);
      if (feeds?.size === 0) this.#feedsByCounter.delete(counter);
    }
    if (this.#dirtyFeeds.size === 0) this.#pendingSinceMs = undefined;
    if (this.#feeds.size === 0) clearTimeout(this.#pacingTimer);
  }

  /**
   * Schedules a change for broadcast. The cost grows with its counters and their feeds: nothing is encoded or written
   * here.
   */
  markChanged({ counters, revision }: Pick<Outcome, 'counters' | 'revision'>): void {
    const changes = Math.max(1, revision - this.#latestRevision);
    this.#latestRevision = Math.max(this.#latestRevision, revision);
    const unfiltered = this.#feeds.get('');
    for (const counter in counters) {
      if (unfiltered) this.#markDirty(unfiltered, counter);
      for (const feed of this.#feedsByCounter.get(counter) ?? NO_FEEDS) this.#markDirty(feed, counter);
    }
    if (this.#dirtyFeeds.size === 0) return;
    this.#pendingChanges += changes;
    this.#scheduleBroadcast();
  }

  /** Schedules snapshots without a removed counter. Returns the feeds that have nothing left to show. */
  markRemoved(counter: string): readonly Feed[] {
    const unfiltered = this.#feeds.get('');
    const affected = [...(unfiltered ? [unfiltered] : []), ...(this.#feedsByCounter.get(counter) ?? NO_FEEDS)];
    for (const feed of affected) {
      feed.requireSnapshot();
      this.#dirtyFeeds.add(feed);
    }
    this.#scheduleBroadcast();
    return affected.filter(({ isEmpty }) => isEmpty);
  }

  /** Schedules snapshots of a state of another epoch. Returns the feeds that have nothing left to show. */
  markReset(): readonly Feed[] {
    const feeds = [...this.#feeds.values()];
    this.#latestRevision = this.state.revision;
    for (const feed of feeds) {
      feed.reset();
      this.#dirtyFeeds.add(feed);
    }
    this.#scheduleBroadcast();
    return feeds.filter(({ isEmpty }) => isEmpty);
  }

  /**
   * Sends the staleness of the state. `degraded: false` waits for the pending frame, which brings the state up to date.
   */
  updateStatus(): void {
    this.status = toStatus(this.state);
    this.#isStatusPending =
      !this.status.degraded && (this.#dirtyFeeds.size > 0 || this.#pacingState === 'broadcasting');
    if (!this.#isStatusPending) void this.#sendStatus();
  }

  #markDirty(feed: Feed, counter: string): void {
    feed.markDirty(counter);
    this.#dirtyFeeds.add(feed);
  }

  #scheduleBroadcast(): void {
    if (this.#dirtyFeeds.size === 0) {
      // The viewers of the dirty feeds have disconnected.
      if (this.#isStatusPending) void this.#sendStatus();
      return;
    }
    this.#pendingSinceMs ??= performance.now();
    if (this.#pacingState === 'idle') void this.#broadcast();
  }

  async #broadcast(): Promise<void> {
    this.#pacingState = 'broadcasting';
    // Responses to the changes go first.
    await setImmediate();
    const [dirtyFeeds, changes, isStatusPending] = [this.#dirtyFeeds, this.#pendingChanges, this.#isStatusPending];
    const { dashboard, revision } = this.state;
    this.#dirtyFeeds = new Set();
    this.#pendingChanges = 0;
    let patch: Patch | undefined;
    const recipients = (function* listViewers(): Iterable<Viewer> {
      for (const feed of dirtyFeeds) {
        patch = feed.takePatch();
        if (patch) yield* feed.viewers;
      }
    })();
    let [viewers, frames, bytes] = [0, 0, 0];
    const startedMs = performance.now();
    const pendingSinceMs = this.#pendingSinceMs ?? startedMs;
    this.#pendingSinceMs = undefined;
    const costMs = await forEachYielding(recipients, (viewer) => {
      const written = patch ? viewer.sendPatch(patch) : 0;
      viewers += 1;
      if (written > 0) frames += 1;
      bytes += written;
    });
    this.#pacingState = 'pausing';
    if (events.frameBroadcast.hasSubscribers) {
      const nowMs = performance.now();
      const timings = { costMs, tookMs: nowMs - startedMs, delayMs: nowMs - pendingSinceMs };
      events.frameBroadcast.publish({ dashboard, revision, changes, viewers, frames, bytes, ...timings });
    }
    if (this.#feeds.size === 0) return;
    if (this.#isStatusPending && (isStatusPending || this.#dirtyFeeds.size === 0)) void this.#sendStatus();
    this.#pacingTimer = setTimeout(
      () => {
        this.#pacingState = 'idle';
        this.#scheduleBroadcast();
      },
      computePauseMs({ costMs, changes }, this.options),
    );
  }

  async #sendStatus(): Promise<void> {
    this.#isStatusPending = false;
    const recipients = [...this.#feeds.values()].flatMap(({ viewers }) => [...viewers]);
    await forEachYielding(recipients, (viewer) => viewer.sendStatus());
  }
}

function toStatus({ staleSinceMs }: DashboardState): Status {
  return new Status(staleSinceMs !== undefined, staleSinceMs ?? Date.now());
}

function toFilterKey(filter: ReadonlySet<string> | undefined): string {
  return filter ? [...filter].join() : '';
}
