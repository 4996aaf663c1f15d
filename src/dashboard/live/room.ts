/**
 * The feeds of one dashboard, one for each view that viewers use. A change marks the feeds that show it as dirty; all
 * dirty feeds are broadcast together, at one pace:
 *
 *     idle --change--> broadcasting --done--> idle
 *     idle --change during the pause--> pausing --timer--> broadcasting
 *
 * A change after the pause is broadcast at once. Changes during a broadcast or pause are combined into the next frame.
 * A pause ends early once changes have stopped: the last state of a storm does not wait for the loop to rest. A timer
 * exists only while a change waits: one for each broadcast would wake the process once more per change.
 */
import type { Outcome } from '../../counters/counters.js';
import { type Period, PERIODS } from '../../counters/definition.js';
import { WriteBatch } from '../../http/direct-write.js';
import { events } from '../../telemetry/events.js';
import type { DashboardState } from '../state/dashboard-state.js';
import { Feed, type FeedContext } from './feed.js';
import { DefinitionNotice, type FeedView, type Patch, Status } from './frames.js';
import { type PacingLimits, computePause } from './pacing.js';
import { forEachYielding, SLICE_SIZE } from './yielding-loop.js';
import type { TrafficStats, Viewer } from './viewer.js';

interface RoomOptions extends PacingLimits {
  readonly heartbeatMs: number;
}

/** A broadcast under way. Times are `performance.now()`. */
interface Broadcast {
  readonly revision: number;
  /** Change sets that its frame combines. */
  readonly changes: number;
  /** True if a status waited for its frames. */
  readonly isStatusPending: boolean;
  readonly startedMs: number;
  readonly pendingSinceMs: number;
  viewers: number;
  frames: number;
  bytes: number;
}

const NO_FEEDS: readonly Feed[] = [];

export class Room implements FeedContext {
  /** Keyed by view. */
  readonly #feeds = new Map<string, Feed>();
  /** Feeds of all counters. */
  readonly #unfilteredFeeds = new Set<Feed>();
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
  /** End of the pause after the last broadcast, as `performance.now()`. */
  #pausedUntilMs = 0;
  /** Time without a change that ends the pause early, milliseconds. */
  #quietMs = 0;
  status: Status;
  definition: DefinitionNotice;
  #hasMeasures: boolean;
  #isStatusPending = false;

  constructor(
    readonly state: DashboardState,
    private readonly options: RoomOptions,
    readonly traffic: TrafficStats,
  ) {
    this.#latestRevision = state.revision;
    this.status = toStatus(state);
    this.definition = new DefinitionNotice(state.version);
    this.#hasMeasures = state.measures.length > 0;
  }

  get feeds(): ReadonlyMap<string, Feed> {
    return this.#feeds;
  }

  getFeed(view: FeedView): Feed {
    const key = toViewKey(view);
    let feed = this.#feeds.get(key);
    if (feed) return feed;
    feed = new Feed(this, view, this.options.heartbeatMs);
    this.#feeds.set(key, feed);
    this.#index(feed);
    return feed;
  }

  /** Present periods that viewers watch. */
  get periods(): readonly Period[] {
    const watched = new Set([...this.#feeds.values()].flatMap(({ view }) => view.periods));
    return PERIODS.filter((period) => watched.has(period));
  }

  /** Closes a feed. Its remaining viewers receive no more frames. */
  delete(feed: Feed): void {
    this.#dirtyFeeds.delete(feed);
    const key = toViewKey(feed.view);
    if (this.#feeds.get(key) === feed) this.#feeds.delete(key);
    this.#unindex(feed);
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
    for (const counter in counters) {
      for (const feed of this.#unfilteredFeeds) this.#markDirty(feed, counter);
      for (const feed of this.#feedsByCounter.get(counter) ?? NO_FEEDS) this.#markDirty(feed, counter);
    }
    if (this.#dirtyFeeds.size === 0) return;
    this.#pendingChanges += changes;
    this.#scheduleBroadcast();
  }

  /** Schedules snapshots without a removed counter. Returns the feeds that have nothing left to show. */
  markRemoved(counter: string): readonly Feed[] {
    const affected = [...this.#unfilteredFeeds, ...(this.#feedsByCounter.get(counter) ?? NO_FEEDS)];
    this.#requireSnapshots(affected);
    return affected.filter(({ isEmpty }) => isEmpty);
  }

  /**
   * Sends the number of the definition, and snapshots if measures may differ. Returns the feeds that have nothing left
   * to show.
   */
  markRedefined(): readonly Feed[] {
    const feeds = [...this.#feeds.values()];
    for (const feed of feeds) {
      this.#unindex(feed);
      this.#index(feed);
    }
    this.definition = new DefinitionNotice(this.state.version);
    const hadMeasures = this.#hasMeasures;
    this.#hasMeasures = this.state.measures.length > 0;
    if (hadMeasures || this.#hasMeasures) this.#requireSnapshots(feeds);
    void forEachYielding(
      feeds.flatMap(({ viewers }) => [...viewers]),
      (viewer) => viewer.sendDefinition(),
    );
    return feeds.filter(({ isEmpty }) => isEmpty);
  }

  /** Schedules snapshots of the feeds with periods: their numbers have been read anew. */
  markPeriodsReloaded(): void {
    this.#requireSnapshots([...this.#feeds.values()].filter(({ view }) => view.periods.length > 0));
  }

  /**
   * Begins the periods that have come since the last call, and schedules frames that say so. @returns true if any has
   */
  rollOver(nowMs: number): boolean {
    const { periods, counterStates } = this.state;
    if (!periods) return false;
    const hasRolledOver = periods.advance(nowMs, counterStates);
    for (const feed of this.#feeds.values()) if (feed.hasRolledOver) this.#dirtyFeeds.add(feed);
    if (this.#dirtyFeeds.size > 0) this.#scheduleBroadcast();
    return hasRolledOver;
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

  #requireSnapshots(feeds: readonly Feed[]): void {
    for (const feed of feeds) {
      feed.requireSnapshot();
      this.#dirtyFeeds.add(feed);
    }
    this.#scheduleBroadcast();
  }

  /** A feed that shows a measure shows the counters that it is computed from. */
  #index(feed: Feed): void {
    const { filter } = feed.view;
    if (!filter) this.#unfilteredFeeds.add(feed);
    const parts = this.state.measures.flatMap(({ name, counters }) => (filter?.has(name) ? counters : []));
    for (const counter of [...(filter ?? []), ...parts]) {
      const feeds = this.#feedsByCounter.get(counter);
      if (feeds) feeds.add(feed);
      else this.#feedsByCounter.set(counter, new Set([feed]));
    }
  }

  #unindex(feed: Feed): void {
    this.#unfilteredFeeds.delete(feed);
    if (!feed.view.filter) return;
    for (const [counter, feeds] of this.#feedsByCounter) {
      feeds.delete(feed);
      if (feeds.size === 0) this.#feedsByCounter.delete(counter);
    }
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
    const nowMs = performance.now();
    this.#pendingSinceMs ??= nowMs;
    if (this.#pacingState !== 'idle') return;
    if (this.#pausedUntilMs > nowMs) {
      this.#pacingState = 'pausing';
      this.#waitOutPause(nowMs);
      return;
    }
    this.#pacingState = 'broadcasting';
    // Responses to the changes go first.
    setImmediate(() => this.#broadcast());
  }

  /** Waits until the pause is over, or no other change has come for a while. */
  #waitOutPause(nowMs: number): void {
    const restMs = this.#pausedUntilMs - nowMs;
    const changesBefore = this.#pendingChanges;
    this.#pacingTimer = setTimeout(
      () => {
        const endMs = performance.now();
        const isQuiet = this.#pendingChanges === changesBefore;
        if (isQuiet || endMs >= this.#pausedUntilMs) this.#endPause();
        else this.#waitOutPause(endMs);
      },
      Math.ceil(Math.min(restMs, this.#quietMs)),
    );
  }

  #endPause(): void {
    this.#pacingState = 'idle';
    this.#pausedUntilMs = 0;
    this.#scheduleBroadcast();
  }

  #broadcast(): void {
    const [dirtyFeeds, changes, isStatusPending] = [this.#dirtyFeeds, this.#pendingChanges, this.#isStatusPending];
    const { revision } = this.state;
    this.#dirtyFeeds = new Set();
    this.#pendingChanges = 0;
    let patch: Patch | undefined;
    const startedMs = performance.now();
    const pendingSinceMs = this.#pendingSinceMs ?? startedMs;
    this.#pendingSinceMs = undefined;
    const broadcast = {
      revision,
      changes,
      isStatusPending,
      startedMs,
      pendingSinceMs,
      viewers: 0,
      frames: 0,
      bytes: 0,
    };
    const batch = new WriteBatch();
    const send = (viewer: Viewer): void => {
      const written = patch ? viewer.sendPatch(patch, batch) : 0;
      broadcast.viewers += 1;
      if (written > 0) broadcast.frames += 1;
      broadcast.bytes += written;
    };
    let recipientCount = 0;
    for (const { viewers } of dirtyFeeds) recipientCount += viewers.size;
    if (recipientCount > SLICE_SIZE) {
      const recipients = (function* listViewers(): Iterable<Viewer> {
        for (const feed of dirtyFeeds) {
          patch = feed.takePatch();
          if (patch) yield* feed.viewers;
        }
      })();
      const flush = (): void => batch.flush();
      void forEachYielding(recipients, send, flush).then((costMs) => this.#endBroadcast(broadcast, costMs));
      return;
    }
    for (const feed of dirtyFeeds) {
      patch = feed.takePatch();
      if (patch) for (const viewer of feed.viewers) send(viewer);
    }
    batch.flush();
    this.#endBroadcast(broadcast, performance.now() - startedMs);
  }

  #endBroadcast(broadcast: Broadcast, costMs: number): void {
    const { revision, changes, isStatusPending, startedMs, pendingSinceMs, viewers, frames, bytes } = broadcast;
    const nowMs = performance.now();
    this.#pacingState = 'idle';
    if (events.frameBroadcast.hasSubscribers) {
      const { dashboard } = this.state;
      const timings = { costMs, tookMs: nowMs - startedMs, delayMs: nowMs - pendingSinceMs };
      events.frameBroadcast.publish({ dashboard, revision, changes, viewers, frames, bytes, ...timings });
    }
    if (this.#feeds.size === 0) return;
    if (this.#isStatusPending && (isStatusPending || this.#dirtyFeeds.size === 0)) void this.#sendStatus();
    const { ms, quietMs } = computePause({ costMs, changes }, this.options);
    this.#pausedUntilMs = nowMs + ms;
    this.#quietMs = quietMs;
    if (this.#dirtyFeeds.size > 0) this.#scheduleBroadcast();
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

function toViewKey({ filter, periods }: FeedView): string {
  return `${periods.join()}:${filter ? [...filter].join() : ''}`;
}
