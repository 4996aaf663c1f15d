/**
 * Streams one view of a dashboard to its viewers.
 *
 * All viewers that watch the same counters of a dashboard share one feed, so each frame is encoded once however many
 * viewers there are. Changes mark counters as dirty; the room calls {@link Feed.takePatch} when the next frame is due.
 * A change that a patch cannot express (another epoch, a removed counter) makes the next frame a full snapshot.
 */
import type { DashboardState } from '../state/dashboard-state.js';
import { toEventId, hasTotals, Heartbeat, Patch, SnapshotFrames, type Status } from './frames.js';
import { forEachYielding } from './yielding-loop.js';
import type { FrameSource, TrafficStats, Viewer } from './viewer.js';

/** Shared by all feeds of a dashboard. `Room` implements it. */
export interface FeedContext {
  readonly state: DashboardState;
  readonly status: Status;
  readonly traffic: TrafficStats;
}

export class Feed implements FrameSource {
  /** Encoded frames of the latest snapshot. */
  readonly snapshots: SnapshotFrames;
  readonly #viewers = new Set<Viewer>();
  /** Viewers that asked for totals. A patch has totals only while there are any. */
  #viewersWithTotals = 0;
  readonly #dirty = new Set<string>();
  #needsSnapshot = false;
  /** Revision of the last frame. */
  #sentRevision: number;
  #heartbeatTimer: NodeJS.Timeout | undefined;

  /** @param filter counters to show; undefined: all */
  constructor(
    private readonly context: FeedContext,
    readonly filter: ReadonlySet<string> | undefined,
    heartbeatMs: number,
  ) {
    this.snapshots = new SnapshotFrames(context.state, filter, heartbeatMs);
    this.#sentRevision = context.state.revision;
    this.#heartbeatTimer = setInterval(() => void this.#sendHeartbeat(), heartbeatMs);
  }

  get state(): DashboardState {
    return this.context.state;
  }

  get dashboard(): string {
    return this.context.state.dashboard;
  }

  get status(): Status {
    return this.context.status;
  }

  get traffic(): TrafficStats {
    return this.context.traffic;
  }

  get viewers(): ReadonlySet<Viewer> {
    return this.#viewers;
  }

  /**
   * Adds a viewer. Sends it the latest snapshot, unless it already has that revision, and whether the state is stale.
   */
  add(viewer: Viewer): void {
    this.#viewers.add(viewer);
    if (hasTotals(viewer.kind)) this.#viewersWithTotals += 1;
    viewer.sendLatest();
    viewer.sendStatus();
  }

  delete(viewer: Viewer): void {
    if (this.#viewers.delete(viewer) && hasTotals(viewer.kind)) this.#viewersWithTotals -= 1;
  }

  markDirty(counter: string): void {
    this.#dirty.add(counter);
  }

  requireSnapshot(): void {
    this.#needsSnapshot = true;
  }

  /** Starts over after the epoch changed: revisions of two epochs do not compare. */
  reset(): void {
    this.snapshots.invalidate();
    this.#dirty.clear();
    this.#needsSnapshot = true;
    for (const viewer of this.#viewers) viewer.reset();
  }

  /** True if every counter of the filter has been removed. */
  get isEmpty(): boolean {
    return this.filter !== undefined && [...this.filter].every((name) => !this.state.has(name));
  }

  /** Returns the changes since the last call, or undefined. The cost grows with the number of changed counters. */
  takePatch(): Patch | undefined {
    if (!this.#hasChanges) return undefined;
    const from = this.#needsSnapshot ? undefined : this.#sentRevision;
    const patch = new Patch(this.state, from, this.#dirty, this.#viewersWithTotals > 0);
    this.#dirty.clear();
    this.#needsSnapshot = false;
    this.#sentRevision = patch.revision;
    this.#heartbeatTimer?.refresh();
    return patch;
  }

  /**
   * True if a viewer at `revision` is up to date. Counters outside the filter may have advanced the dashboard since.
   */
  isCurrent(revision: number): boolean {
    return revision === this.state.revision || (revision === this.#sentRevision && !this.#hasChanges);
  }

  /** Parses an SSE `Last-Event-ID`. Returns its revision if a viewer that resumes there is up to date. */
  resumeRevision(id: string | undefined): number | undefined {
    const { epoch, revision } = this.state;
    return [revision, this.#sentRevision].find(
      (candidate) => this.isCurrent(candidate) && id === toEventId(epoch, candidate),
    );
  }

  close(): void {
    clearInterval(this.#heartbeatTimer);
    this.#heartbeatTimer = undefined;
  }

  get #hasChanges(): boolean {
    return this.#dirty.size > 0 || this.#needsSnapshot;
  }

  async #sendHeartbeat(): Promise<void> {
    const heartbeat = new Heartbeat(this.state.at);
    await forEachYielding(this.#viewers, (viewer) => viewer.sendHeartbeat(heartbeat));
  }
}
