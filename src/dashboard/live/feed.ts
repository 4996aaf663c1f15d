/** What those see who watch the same counters of a dashboard: changes in, frames out, encoded once for all of them. */
import type { LivingState } from '../state/dashboard-state.js';
import { eventId, hasTotals, Heartbeat, News, SnapshotFrames, type Status } from './frames.js';
import { visitInSlices } from './yielding-loop.js';
import type { FrameSource, Traffic, Viewer } from './viewer.js';

/** What all feeds of a dashboard have in common. `Room` implements it. */
export interface FeedContext {
  readonly state: LivingState;
  /** Whether the state may be behind. */
  readonly status: Status;
  readonly traffic: Traffic;
}

export class Feed implements FrameSource {
  /** The newest snapshot, ready to send. */
  readonly snapshots: SnapshotFrames;
  readonly #viewers = new Set<Viewer>();
  /** How many of them want totals. */
  #withTotals = 0;
  /** Counters that changed since the last frame, which was of `#revision`. */
  #changed = new Set<string>();
  /** True when more has changed than a patch can say. */
  #beyondPatch = false;
  #revision: number;
  /** Undefined once it is closed. */
  #heart: NodeJS.Timeout | undefined;

  /** @param only the counters that it shows; all when it is undefined */
  constructor(
    private readonly context: FeedContext,
    readonly only: ReadonlySet<string> | undefined,
    heartbeatMs: number,
  ) {
    this.snapshots = new SnapshotFrames(context.state, only);
    this.#revision = context.state.revision;
    this.#heart = setInterval(() => void this.#beat(), heartbeatMs);
  }

  get state(): LivingState {
    return this.context.state;
  }

  get dashboard(): string {
    return this.context.state.dashboard;
  }

  get status(): Status {
    return this.context.status;
  }

  get traffic(): Traffic {
    return this.context.traffic;
  }

  get viewers(): ReadonlySet<Viewer> {
    return this.#viewers;
  }

  /** Shows a viewer the newest snapshot, if it is not there already, whether that may be behind, and all that comes. */
  add(viewer: Viewer): void {
    this.#viewers.add(viewer);
    if (hasTotals(viewer.kind)) this.#withTotals += 1;
    viewer.showNewest();
    viewer.showStatus();
  }

  delete(viewer: Viewer): void {
    if (this.#viewers.delete(viewer) && hasTotals(viewer.kind)) this.#withTotals -= 1;
  }

  /** Takes note of a counter that changed. */
  note(counter: string): void {
    this.#changed.add(counter);
  }

  /** Takes note of a change that only a snapshot can show. */
  noteBeyondPatch(): void {
    this.#beyondPatch = true;
  }

  /** The state is another from its epoch on: what viewers have is compared with nothing any more. */
  reset(): void {
    this.snapshots.forget();
    this.#changed = new Set();
    this.#beyondPatch = true;
    for (const viewer of this.#viewers) viewer.reset();
  }

  /** Whether there is nothing left of what it shows. */
  get isEmpty(): boolean {
    return this.only !== undefined && [...this.only].every((name) => !this.state.has(name));
  }

  /** All that changed since this was last asked for. The cost is that of the counters that did. */
  takeNews(): News | undefined {
    if (this.#isQuiet) return undefined;
    const from = this.#beyondPatch ? undefined : this.#revision;
    const news = new News(this.state, from, this.#changed, this.#withTotals > 0);
    this.#changed = new Set();
    this.#beyondPatch = false;
    this.#revision = news.revision;
    this.#heart?.refresh();
    return news;
  }

  /** Whether a viewer that is at a revision sees what there is to see: other counters may have moved the dashboard on. */
  isCurrent(revision: number): boolean {
    return revision === this.state.revision || (revision === this.#revision && this.#isQuiet);
  }

  /** The revision that an event's id stands for, if a viewer that has that event sees what there is to see. */
  revisionOf(id: string | undefined): number | undefined {
    const { epoch, revision } = this.state;
    return [revision, this.#revision].find((one) => this.isCurrent(one) && id === eventId(epoch, one));
  }

  close(): void {
    clearInterval(this.#heart);
    this.#heart = undefined;
  }

  get #isQuiet(): boolean {
    return this.#changed.size === 0 && !this.#beyondPatch;
  }

  async #beat(): Promise<void> {
    const heartbeat = new Heartbeat(this.state.at);
    await visitInSlices(this.#viewers, (viewer) => viewer.beat(heartbeat));
  }
}
