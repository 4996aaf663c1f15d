/**
 * Streams one view of a dashboard to its viewers.
 *
 * All viewers that watch the same counters of a dashboard share one feed, so each frame is encoded once however many
 * viewers there are. Changes mark counters as dirty; the room calls {@link Feed.takePatch} when the next frame is due.
 * A change that a patch cannot express (another epoch, a removed counter) makes the next frame a full snapshot.
 */
import type { DashboardState } from '../state/dashboard-state.js';
import {
  type DefinitionNotice,
  type FeedView,
  hasTotals,
  Heartbeat,
  Patch,
  type Position,
  SnapshotFrames,
  type Status,
} from './frames.js';
import { toEventId } from '../../http/event-stream.js';
import type { Period } from '../../counters/definition.js';
import type { FrameSource, TrafficStats, Viewer } from './viewer.js';

/** Shared by all feeds of a dashboard. `Room` implements it. */
export interface FeedContext {
  readonly state: DashboardState;
  readonly status: Status;
  readonly definition: DefinitionNotice;
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
  #edition = 0;
  /** Start of each period in the last frame, milliseconds since the Unix epoch. */
  readonly #sentStarts = new Map<Period, number | undefined>();
  /** Shared by the viewers while the state stays. */
  #heartbeat: Heartbeat | undefined;

  constructor(
    private readonly context: FeedContext,
    readonly view: FeedView,
    heartbeatMs: number,
  ) {
    this.snapshots = new SnapshotFrames(context.state, view, heartbeatMs, () => this.#edition);
    this.#rememberStarts();
    this.#sentRevision = context.state.revision;
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

  get definition(): DefinitionNotice {
    return this.context.definition;
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
    viewer.sendDefinition();
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

  /** True if every counter and measure of the filter has been removed. */
  get isEmpty(): boolean {
    const { filter } = this.view;
    return filter !== undefined && [...filter].every((name) => !this.state.hasName(name));
  }

  /** True if a period of the view has begun since the last frame. */
  get hasRolledOver(): boolean {
    return this.view.periods.some((period) => this.#hasBegun(period));
  }

  /** Returns the changes since the last call, or undefined. The cost grows with the number of changed counters. */
  takePatch(): Patch | undefined {
    if (!this.#hasChanges) return undefined;
    const from = { revision: this.#sentRevision, edition: this.#edition };
    const begun = new Set(this.view.periods.filter((period) => this.#hasBegun(period)));
    if (this.#needsSnapshot || begun.size > 0) {
      this.#edition += 1;
      this.snapshots.invalidate();
      this.#rememberStarts();
    }
    const span = { from: this.#needsSnapshot ? undefined : from, edition: this.#edition, begun };
    const patch = new Patch(this.state, span, this.view, this.#dirty, this.#viewersWithTotals > 0);
    this.#dirty.clear();
    this.#needsSnapshot = false;
    this.#sentRevision = patch.revision;
    return patch;
  }

  /**
   * True if a viewer at this position is up to date. Counters outside the filter may have advanced the dashboard since.
   */
  isCurrent({ revision, edition }: Position): boolean {
    if (edition !== this.#edition) return false;
    return revision === this.state.revision || (revision === this.#sentRevision && !this.#hasChanges);
  }

  /**
   * Parses an SSE `Last-Event-ID`. Returns its position if a viewer that resumes there is up to date. The id does not
   * tell periods and definitions, so streams that show them begin with a snapshot.
   */
  resume(id: string | undefined): Position | undefined {
    const { epoch, revision, measures } = this.state;
    if (this.view.periods.length > 0 || measures.length > 0) return undefined;
    return [revision, this.#sentRevision]
      .map((candidate) => ({ revision: candidate, edition: this.#edition }))
      .find((position) => this.isCurrent(position) && id === toEventId(epoch, position.revision));
  }

  /** A feed of one viewer keeps no heartbeat: 10,000 dashboards would hold as many buffers. */
  getHeartbeat(): Heartbeat {
    const { at } = this.state;
    if (this.#viewers.size < 2) return new Heartbeat(at);
    if (this.#heartbeat?.at !== at) this.#heartbeat = new Heartbeat(at);
    return this.#heartbeat;
  }

  get #hasChanges(): boolean {
    return this.#dirty.size > 0 || this.#needsSnapshot || this.hasRolledOver;
  }

  #hasBegun(period: Period): boolean {
    return this.#getStart(period) !== this.#sentStarts.get(period);
  }

  #getStart(period: Period): number | undefined {
    return this.state.periods?.getSpan(period)?.start;
  }

  #rememberStarts(): void {
    for (const period of this.view.periods) this.#sentStarts.set(period, this.#getStart(period));
  }
}
