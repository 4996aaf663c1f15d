/** All feeds of one dashboard, one for each filter: a change reaches those that show it, and their frames keep one pace. */
import { setImmediate } from 'node:timers/promises';
import type { Outcome } from '../../counters/counters.js';
import { told } from '../../telemetry/events.js';
import type { LivingState } from '../state/dashboard-state.js';
import { Feed, type FeedContext } from './feed.js';
import { type News, Status } from './frames.js';
import { type Pacing, waitAfter } from './pacing.js';
import { visitInSlices } from './yielding-loop.js';
import type { Traffic, Viewer } from './viewer.js';

export interface RoomOptions extends Pacing {
  readonly heartbeatMs: number;
}

const NONE: readonly Feed[] = [];

export class Room implements FeedContext {
  /** By filter; the feed of all counters is at `''`. */
  readonly #feeds = new Map<string, Feed>();
  /** The feeds with a filter, by each counter that they show. */
  readonly #byCounter = new Map<string, Set<Feed>>();
  /** Feeds with something new to show, and how many change sets brought it. */
  #stirred = new Set<Feed>();
  #changes = 0;
  /** The newest revision that was noted: one note may stand for many change sets. */
  #revision: number;
  /** When the first of it came. */
  #sinceMs: number | undefined;
  /** Written by hand: RxJS' `throttle` says the same in 2 KB more a dashboard, and at ten times the cost a frame (10,000 dashboards). */
  #pace: 'quiet' | 'showing' | 'pausing' = 'quiet';
  #pause: NodeJS.Timeout | undefined;
  /** What its viewers are told of how fresh it is. */
  status: Status;
  /** Whether they are still to be told, after the next frame. */
  #isStatusDue = false;

  constructor(
    readonly state: LivingState,
    private readonly options: RoomOptions,
    readonly traffic: Traffic,
  ) {
    this.#revision = state.revision;
    this.status = statusOf(state);
  }

  get feeds(): ReadonlyMap<string, Feed> {
    return this.#feeds;
  }

  /** The feed of these counters, or of all. */
  feedOf(only: ReadonlySet<string> | undefined): Feed {
    const filter = filterOf(only);
    let feed = this.#feeds.get(filter);
    if (feed) return feed;
    feed = new Feed(this, only, this.options.heartbeatMs);
    this.#feeds.set(filter, feed);
    for (const counter of only ?? []) {
      const feeds = this.#byCounter.get(counter);
      if (feeds) feeds.add(feed);
      else this.#byCounter.set(counter, new Set([feed]));
    }
    return feed;
  }

  /** Closes a feed. Viewers that it still has get nothing more from it. */
  delete(feed: Feed): void {
    feed.close();
    this.#stirred.delete(feed);
    const filter = filterOf(feed.only);
    if (this.#feeds.get(filter) === feed) this.#feeds.delete(filter);
    for (const counter of feed.only ?? []) {
      const feeds = this.#byCounter.get(counter);
      feeds?.delete(feed);
      if (feeds?.size === 0) this.#byCounter.delete(counter);
    }
    if (this.#stirred.size === 0) this.#sinceMs = undefined;
    if (this.#feeds.size === 0) clearTimeout(this.#pause);
  }

  /** Takes note of a change. Costs what it touched and who shows that: nothing is encoded or written here. */
  note({ counters, revision }: Pick<Outcome, 'counters' | 'revision'>): void {
    const changes = Math.max(1, revision - this.#revision);
    this.#revision = Math.max(this.#revision, revision);
    const all = this.#feeds.get('');
    for (const counter in counters) {
      if (all) this.#stir(all, counter);
      for (const feed of this.#byCounter.get(counter) ?? NONE) this.#stir(feed, counter);
    }
    if (this.#stirred.size === 0) return;
    this.#changes += changes;
    this.#show();
  }

  /** Takes note that a counter is gone: a patch cannot say that. @returns the feeds that have nothing left to show */
  noteRemoved(counter: string): readonly Feed[] {
    const all = this.#feeds.get('');
    const showing = [...(all ? [all] : []), ...(this.#byCounter.get(counter) ?? NONE)];
    for (const feed of showing) {
      feed.noteBeyondPatch();
      this.#stirred.add(feed);
    }
    this.#show();
    return showing.filter(({ isEmpty }) => isEmpty);
  }

  /** Takes note that the state is another from its epoch on. @returns the feeds that have nothing left to show */
  noteReset(): readonly Feed[] {
    const feeds = [...this.#feeds.values()];
    this.#revision = this.state.revision;
    for (const feed of feeds) {
      feed.reset();
      this.#stirred.add(feed);
    }
    this.#show();
    return feeds.filter(({ isEmpty }) => isEmpty);
  }

  /** Takes note that the state may be behind, or is no longer: that is told after the frame that made it so. */
  noteStatus(): void {
    this.status = statusOf(this.state);
    this.#isStatusDue = !this.status.degraded && (this.#stirred.size > 0 || this.#pace === 'showing');
    if (!this.#isStatusDue) void this.#tellStatus();
  }

  #stir(feed: Feed, counter: string): void {
    feed.note(counter);
    this.#stirred.add(feed);
  }

  /** A change after a quiet time goes out at once; the next frames wait as the fan-out cost, and carry the latest. */
  #show(): void {
    if (this.#stirred.size === 0) {
      // Those who were to be shown something have gone.
      if (this.#isStatusDue) void this.#tellStatus();
      return;
    }
    this.#sinceMs ??= performance.now();
    if (this.#pace === 'quiet') void this.#fanOut();
  }

  async #fanOut(): Promise<void> {
    this.#pace = 'showing';
    // Answers to those who changed the counters go first.
    await setImmediate();
    const [stirred, changes, isStatusDue] = [this.#stirred, this.#changes, this.#isStatusDue];
    const { dashboard, revision } = this.state;
    this.#stirred = new Set();
    this.#changes = 0;
    let news: News | undefined;
    const crowd = (function* viewersOf(): Iterable<Viewer> {
      for (const feed of stirred) {
        news = feed.takeNews();
        if (news) yield* feed.viewers;
      }
    })();
    let [viewers, frames, bytes] = [0, 0, 0];
    const beganMs = performance.now();
    const sinceMs = this.#sinceMs ?? beganMs;
    this.#sinceMs = undefined;
    const costMs = await visitInSlices(crowd, (viewer) => {
      const written = news ? viewer.show(news) : 0;
      viewers += 1;
      if (written > 0) frames += 1;
      bytes += written;
    });
    this.#pace = 'pausing';
    if (told.fannedOut.isHeard) {
      const nowMs = performance.now();
      const took = { costMs, tookMs: nowMs - beganMs, delayMs: nowMs - sinceMs };
      told.fannedOut.tell({ dashboard, revision, changes, viewers, frames, bytes, ...took });
    }
    if (this.#feeds.size === 0) return;
    if (this.#isStatusDue && (isStatusDue || this.#stirred.size === 0)) void this.#tellStatus();
    this.#pause = setTimeout(
      () => {
        this.#pace = 'quiet';
        this.#show();
      },
      waitAfter({ costMs, changes }, this.options),
    );
  }

  async #tellStatus(): Promise<void> {
    this.#isStatusDue = false;
    const crowd = [...this.#feeds.values()].flatMap(({ viewers }) => [...viewers]);
    await visitInSlices(crowd, (viewer) => viewer.showStatus());
  }
}

function statusOf({ behindSinceMs }: LivingState): Status {
  return new Status(behindSinceMs !== undefined, behindSinceMs ?? Date.now());
}

function filterOf(only: ReadonlySet<string> | undefined): string {
  return only ? [...only].join() : '';
}
