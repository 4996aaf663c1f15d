/** The feed of one dashboard: changes in, paced frames out, encoded once for all who watch. */
import { setImmediate } from 'node:timers/promises';
import { from, Subject, switchMap, throttle, timer } from 'rxjs';
import type { Outcome } from '../../counters/counters.js';
import type { LivingState } from '../living.state.js';
import { encodeMessage, PatchFrame, SnapshotFrames } from './frames.js';
import { type FanOut, type Pacing, waitAfter } from './pacing.js';
import { visitInSlices } from './slices.js';
import type { Viewer } from './viewer.js';

export interface FeedOptions extends Pacing {
  readonly heartbeatMs: number;
}

export class Feed {
  /** The newest snapshot, ready to send. */
  readonly snapshots: SnapshotFrames;
  readonly #viewers = new Set<Viewer>();
  readonly #changed$ = new Subject<void>();
  /** Counters that changed since the last frame, which was of `#revision`. */
  #changed = new Set<string>();
  #changes = 0;
  #revision: number;
  readonly #heart: NodeJS.Timeout;

  constructor(
    readonly state: LivingState,
    options: FeedOptions,
  ) {
    this.snapshots = new SnapshotFrames(state);
    this.#revision = state.revision;
    this.#heart = setInterval(() => void this.#beat(), options.heartbeatMs);
    // A change after a quiet time goes out at once; then the next frame waits as the fan-out cost, and carries the latest.
    let fanOut = Promise.resolve<FanOut>({ costMs: 0, changes: 0 });
    const pause = () => from(fanOut).pipe(switchMap((last) => timer(waitAfter(last, options))));
    this.#changed$.pipe(throttle(pause, { leading: true, trailing: true })).subscribe(() => {
      fanOut = this.#fanOut();
    });
  }

  get viewers(): ReadonlySet<Viewer> {
    return this.#viewers;
  }

  /** Takes note of a change. Costs what the change touched: nothing is encoded or written here. */
  note({ counters }: Outcome): void {
    for (const name in counters) this.#changed.add(name);
    this.#changes += 1;
    this.#changed$.next();
  }

  /** Shows a viewer the newest snapshot, and all that comes. */
  add(viewer: Viewer): void {
    this.#viewers.add(viewer);
    viewer.showNewest();
  }

  delete(viewer: Viewer): void {
    this.#viewers.delete(viewer);
  }

  close(): void {
    clearInterval(this.#heart);
    this.#changed$.complete();
  }

  async #fanOut(): Promise<FanOut> {
    // Answers to those who changed the counters go first.
    await setImmediate();
    const patch = new PatchFrame(this.state, this.#revision, this.#changed);
    this.#changed = new Set();
    const changes = this.#changes;
    this.#changes = 0;
    this.#revision = patch.revision;
    this.#heart.refresh();
    return { changes, costMs: await visitInSlices(this.#viewers, (viewer) => viewer.show(patch)) };
  }

  async #beat(): Promise<void> {
    const { revision, at } = this.state;
    const heartbeat = encodeMessage({ type: 'heartbeat', revision, at });
    await visitInSlices(this.#viewers, (viewer) => viewer.beat(heartbeat));
  }
}
