/** Viewers of every kind on every instance while faults happen: they stay, are told when what they see may be behind, and end right. */
import type { Snapshot } from '../../src/counters/counters.js';
import { CLOSE_CODES } from '../../src/protocol/close-codes.js';
import type { LiveMessage } from '../../src/protocol/live-messages.js';
import { hasValues } from '../harness/viewer-state.js';
import { listStatuses } from './recording-viewer.js';
import { watchSse, type SseViewer } from './sse-viewer.js';
import { type WebSocketViewer, watchV1 } from './websocket-viewer.js';

type AnyViewer = WebSocketViewer<LiveMessage> | SseViewer;

/** Viewers of one dashboard: a WebSocket and a stream of events on each instance. */
export class ViewerGroup {
  constructor(
    private readonly sockets: readonly WebSocketViewer<LiveMessage>[],
    private readonly streams: readonly SseViewer[],
  ) {}

  get #viewers(): readonly AnyViewer[] {
    return [...this.sockets, ...this.streams];
  }

  /**
   * Resolves when each has been told since it came that what it sees may be behind.
   * @param instances those of the first so many only
   */
  async waitForDegraded(instances = this.sockets.length): Promise<void> {
    const group = new ViewerGroup(this.sockets.slice(0, instances), this.streams.slice(0, instances));
    await group.#waitForAll((viewer) => listViewerStatuses(viewer).includes(true));
  }

  /** Resolves when nobody is told any more that what it sees may be behind. */
  async waitForLive(): Promise<void> {
    await this.#waitForAll((viewer) => listViewerStatuses(viewer).at(-1) !== true);
  }

  /** Resolves when each sees a state of another epoch. */
  async waitForNewEpoch(epoch: string): Promise<void> {
    await this.#waitForAll(({ states }) => states.at(-1)?.epoch !== epoch);
  }

  /** Resolves when each was told that the dashboard is gone, and nothing else. */
  async waitForRemoval(): Promise<void> {
    await Promise.all([
      ...this.sockets.map((viewer) => viewer.waitFor(({ closed }) => closed?.code === CLOSE_CODES.gone.code)),
      ...this.streams.map((viewer) => viewer.waitFor(({ endedAs }) => endedAs === 'complete')),
    ]);
  }

  /** Resolves when each sees what an instance shows. */
  async waitForSnapshot({ epoch, revision, counters }: Snapshot): Promise<void> {
    await this.#waitForAll(({ states }) => {
      const state = states.at(-1);
      return state?.epoch === epoch && state.revision === revision && hasValues(state.counters, counters);
    });
  }

  /** What should not have happened to them. That revisions do not go back within an epoch is held frame by frame. */
  findFaults(): string[] {
    const faults: string[] = [];
    for (const { closed } of this.sockets) if (closed) faults.push(`a WebSocket was closed with ${closed.code}`);
    for (const { endedAs } of this.streams) if (endedAs) faults.push(`a stream has ended ${endedAs}`);
    for (const viewer of this.#viewers) {
      for (const { revision, counters } of viewer.states) {
        const negative = Object.entries(counters).filter(([, value]) => value < 0);
        if (negative.length > 0) faults.push(`${negative.join()} was shown at ${revision}`);
      }
      if (listViewerStatuses(viewer).at(-1) === true) faults.push('one is told that what it sees may be behind');
    }
    return faults;
  }

  async #waitForAll(condition: (viewer: AnyViewer) => boolean): Promise<void> {
    await Promise.all([
      ...this.sockets.map((viewer) => viewer.waitFor(condition)),
      ...this.streams.map((viewer) => viewer.waitFor(condition)),
    ]);
  }
}

/** The statuses that a viewer was told, in order. */
function listViewerStatuses(viewer: AnyViewer): boolean[] {
  return listStatuses('frames' in viewer ? viewer.frames : viewer.messages);
}

/** Watches a dashboard through each instance. */
export async function watchInstances(
  services: readonly { readonly url: string }[],
  dashboard = 'main',
): Promise<ViewerGroup> {
  const path = `/dashboards/${dashboard}`;
  return new ViewerGroup(
    await Promise.all(services.map(({ url }) => watchV1(url, path))),
    await Promise.all(services.map(({ url }) => watchSse(url + path))),
  );
}
