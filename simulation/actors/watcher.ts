/** A viewer with the typed client. It must never go back, and shows what the ledger adds up to. */
import type { Snapshot } from '../../src/counters/counters.js';
import type { WebSocketClass } from '../../src/client/connection.js';
import { watch, type WatchOptions, type Watcher as Watch } from '../../src/client/watch.js';
import { Life } from '../world/life.js';
import type { World } from '../world/world.js';

export interface WatcherOptions extends WatchOptions {
  readonly dashboard: string;
  readonly origin: string;
  /** Absent: event streams. */
  readonly WebSocket?: WebSocketClass;
  /** Called with every snapshot that is shown. */
  readonly onShown: (watcher: Watcher, snapshot: Snapshot) => void;
}

export class Watcher {
  readonly life: Life;
  #watch: Watch | undefined;
  shownCount = 0;

  constructor(
    private readonly world: World,
    readonly name: string,
    readonly options: WatcherOptions,
  ) {
    this.life = new Life(name);
    world.schedule('watch', world.between(0, 10_000), () => this.#start(), this.life);
  }

  get state(): string {
    return this.#watch?.status.state ?? 'connecting';
  }

  get snapshot(): Snapshot | undefined {
    return this.#watch?.snapshot;
  }

  close(): void {
    this.world.schedule('watch ends', 0, () => this.#watch?.close(), this.life);
  }

  #start(): void {
    let shown: Snapshot | undefined;
    this.#watch = watch(this.options.origin, {
      ...this.options,
      onSnapshot: (snapshot) => {
        const { epoch, revision, at } = snapshot;
        this.world.trace.event(`${this.name} shows revision ${revision} of ${snapshot.dashboard}`);
        const isBack = shown?.epoch === epoch && (revision < shown.revision || at < shown.at);
        this.world.check(!isBack, () => `${this.name} went back from revision ${shown?.revision} to ${revision}`);
        shown = snapshot;
        this.shownCount += 1;
        this.options.onShown(this, snapshot);
      },
      onStatus: ({ state }) => this.world.trace.event(`${this.name} is ${state}`),
    });
  }
}
