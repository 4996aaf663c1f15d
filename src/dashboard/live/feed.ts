/** What those see who watch the same counters of a dashboard: changes in, frames out, encoded once for all of them. */
import type { DashboardState } from '../state/dashboard-state.js';
import { toEventId, hasTotals, Heartbeat, Patch, SnapshotFrames, type Status } from './frames.js';
import { forEachYielding } from './yielding-loop.js';
import type { FrameSource, TrafficStats, Viewer } from './viewer.js';

/** What all feeds of a dashboard have in common. `Room` implements it. */
export interface FeedContext {
  readonly state: DashboardState;
  /** Whether the state may be behind. */
  readonly status: Status;
  readonly traffic: TrafficStats;
}

export class Feed implements FrameSource {
  /** The newest snapshot, ready to send. */
  readonly snapshots: SnapshotFrames;
  readonly #viewers = new Set<Viewer>();
  /** How many of them want totals. */
  #viewersWithTotals = 0;
  /** Counters that changed since the last frame, which was of `#revision`. */
  readonly #dirty = new Set<string>();
  /** True when more has changed than a patch can say. */
  #needsSnapshot = false;
  #sentRevision: number;
  /** Undefined once it is closed. */
  #heartbeatTimer: NodeJS.Timeout | undefined;

  /** @param filter the counters that it shows; all when it is undefined */
  constructor(
    private readonly context: FeedContext,
    readonly filter: ReadonlySet<string> | undefined,
    heartbeatMs: number,
  ) {
    this.snapshots = new SnapshotFrames(context.state, filter);
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

  /** Shows a viewer the newest snapshot, if it is not there already, whether that may be behind, and all that comes. */
  add(viewer: Viewer): void {
    this.#viewers.add(viewer);
    if (hasTotals(viewer.kind)) this.#viewersWithTotals += 1;
    viewer.sendLatest();
    viewer.sendStatus();
  }

  delete(viewer: Viewer): void {
    if (this.#viewers.delete(viewer) && hasTotals(viewer.kind)) this.#viewersWithTotals -= 1;
  }

  /** Takes note of a counter that changed. */
  markDirty(counter: string): void {
    this.#dirty.add(counter);
  }

  /** Takes note of a change that only a snapshot can show. */
  requireSnapshot(): void {
    this.#needsSnapshot = true;
  }

  /** The state is another from its epoch on: what viewers have is compared with nothing any more. */
  reset(): void {
    this.snapshots.invalidate();
    this.#dirty.clear();
    this.#needsSnapshot = true;
    for (const viewer of this.#viewers) viewer.reset();
  }

  /** Whether there is nothing left of what it shows. */
  get isEmpty(): boolean {
    return this.filter !== undefined && [...this.filter].every((name) => !this.state.has(name));
  }

  /** All that changed since this was last asked for. The cost is that of the counters that did. */
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

  /** Whether a viewer that is at a revision sees what there is to see: other counters may have moved the dashboard on. */
  isCurrent(revision: number): boolean {
    return revision === this.state.revision || (revision === this.#sentRevision && !this.#hasChanges);
  }

  /** The revision that an event's id stands for, if a viewer that has that event sees what there is to see. */
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
