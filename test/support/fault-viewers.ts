/** Viewers of every kind on every instance while faults happen: they stay, are told when what they see may be behind, and end right. */
import type { Snapshot } from '../../src/counters/counters.js';
import { CLOSE_CODES, type LiveMessage } from '../../src/protocol/live-messages.js';
import { openStream, type StreamClient } from './sse-viewer.js';
import { type TestViewer, watchV1 } from './websocket-viewer.js';

type Viewer = TestViewer<LiveMessage> | StreamClient;

/** Viewers of one dashboard: a WebSocket and a stream of events on each instance. */
export class Audience {
  constructor(
    private readonly sockets: readonly TestViewer<LiveMessage>[],
    private readonly streams: readonly StreamClient[],
  ) {}

  get #all(): readonly Viewer[] {
    return [...this.sockets, ...this.streams];
  }

  /**
   * Resolves when each has been told since it came that what it sees may be behind.
   * @param instances those of the first so many only
   */
  async untilDegraded(instances = this.sockets.length): Promise<void> {
    const some = new Audience(this.sockets.slice(0, instances), this.streams.slice(0, instances));
    await some.#until((viewer) => statusesOf(viewer).includes(true));
  }

  /** Resolves when nobody is told any more that what it sees may be behind. */
  async untilLive(): Promise<void> {
    await this.#until((viewer) => statusesOf(viewer).at(-1) !== true);
  }

  /** Resolves when each sees a state of another epoch. */
  async untilReset(epoch: string): Promise<void> {
    await this.#until(({ sights }) => sights.at(-1)?.epoch !== epoch);
  }

  /** Resolves when each was told that the dashboard is gone, and nothing else. */
  async untilGone(): Promise<void> {
    await Promise.all([
      ...this.sockets.map((viewer) => viewer.until(({ closed }) => closed?.code === CLOSE_CODES.gone.code)),
      ...this.streams.map((viewer) => viewer.until(({ ended }) => ended === 'whole')),
    ]);
  }

  /** Resolves when each sees what an instance shows. */
  async untilSees({ epoch, revision, counters }: Snapshot): Promise<void> {
    await this.#until(({ sights }) => {
      const sight = sights.at(-1);
      return (
        sight?.epoch === epoch &&
        sight.revision === revision &&
        Object.entries(counters).every(([name, value]) => sight.counters[name] === value)
      );
    });
  }

  /** What should not have happened to them. That revisions do not go back within an epoch is held frame by frame. */
  faults(): string[] {
    const faults: string[] = [];
    for (const { closed } of this.sockets) if (closed) faults.push(`a WebSocket was closed with ${closed.code}`);
    for (const { ended } of this.streams) if (ended) faults.push(`a stream has ended ${ended}`);
    for (const viewer of this.#all) {
      for (const { revision, counters } of viewer.sights) {
        const negative = Object.entries(counters).filter(([, value]) => value < 0);
        if (negative.length > 0) faults.push(`${negative.join()} was shown at ${revision}`);
      }
      if (statusesOf(viewer).at(-1) === true) faults.push('one is told that what it sees may be behind');
    }
    return faults;
  }

  async #until(condition: (viewer: Viewer) => boolean): Promise<void> {
    await Promise.all([
      ...this.sockets.map((viewer) => viewer.until(condition)),
      ...this.streams.map((viewer) => viewer.until(condition)),
    ]);
  }
}

/** The statuses that a viewer was told, in order. */
function statusesOf(viewer: Viewer): boolean[] {
  const messages = 'frames' in viewer ? viewer.frames : viewer.messages;
  return messages.flatMap((message) => (message.type === 'status' ? [message.degraded] : []));
}

/** Watches a dashboard through each instance. */
export async function watchAll(services: readonly { readonly url: string }[], dashboard = 'main'): Promise<Audience> {
  const path = `/dashboards/${dashboard}`;
  return new Audience(
    await Promise.all(services.map(({ url }) => watchV1(url, path))),
    await Promise.all(services.map(({ url }) => openStream(url + path))),
  );
}
