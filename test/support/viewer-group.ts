/**
 * Viewers of every kind on every instance during faults. They must stay connected, be notified while their state may be
 * stale, and end with the final state.
 */
import type { Snapshot } from '../../src/counters/counters.js';
import { CLOSE_CODES } from '../../src/protocol/close-codes.js';
import type { LiveMessage } from '../../src/protocol/live-messages.js';
import { hasValues } from '../harness/viewer-state.js';
import { listStatuses } from './recording-viewer.js';
import { watchSse, type SseViewer } from './sse-viewer.js';
import { type WebSocketViewer, watchV1 } from './websocket-viewer.js';

type AnyViewer = WebSocketViewer<LiveMessage> | SseViewer;

/** Viewers of one dashboard: a WebSocket and an event stream on each instance. */
export class ViewerGroup {
  constructor(
    private readonly sockets: readonly WebSocketViewer<LiveMessage>[],
    private readonly streams: readonly SseViewer[],
  ) {}

  get #viewers(): readonly AnyViewer[] {
    return [...this.sockets, ...this.streams];
  }

  /**
   * Resolves when every viewer has been notified at least once that its state may be stale.
   * @param instances limits the check to the viewers of this many first instances
   */
  async waitForDegraded(instances = this.sockets.length): Promise<void> {
    const group = new ViewerGroup(this.sockets.slice(0, instances), this.streams.slice(0, instances));
    await group.#waitForAll((viewer) => listViewerStatuses(viewer).includes(true));
  }

  /** Resolves when no viewer's latest status is degraded. */
  async waitForLive(): Promise<void> {
    await this.#waitForAll((viewer) => listViewerStatuses(viewer).at(-1) !== true);
  }

  /** Resolves when every viewer has a state of another epoch than this one. */
  async waitForNewEpoch(epoch: string): Promise<void> {
    await this.#waitForAll(({ states }) => states.at(-1)?.epoch !== epoch);
  }

  /** Resolves when every WebSocket was closed with the code `gone`, and every stream has ended. */
  async waitForRemoval(): Promise<void> {
    await Promise.all([
      ...this.sockets.map((viewer) => viewer.waitFor(({ closed }) => closed?.code === CLOSE_CODES.gone.code)),
      ...this.streams.map((viewer) => viewer.waitFor(({ endedAs }) => endedAs === 'complete')),
    ]);
  }

  /** Resolves when every viewer has the state of this snapshot. */
  async waitForSnapshot({ epoch, revision, counters }: Snapshot): Promise<void> {
    await this.#waitForAll(({ states }) => {
      const state = states.at(-1);
      return state?.epoch === epoch && state.revision === revision && hasValues(state.counters, counters);
    });
  }

  /**
   * Lists closed connections, negative values and stale viewers. Revisions that decrease within an epoch throw earlier,
   * when the frame arrives.
   */
  findFaults(): string[] {
    const faults: string[] = [];
    for (const { closed } of this.sockets) if (closed) faults.push(`a WebSocket was closed with ${closed.code}`);
    for (const { endedAs } of this.streams) if (endedAs) faults.push(`a stream has ended ${endedAs}`);
    for (const viewer of this.#viewers) {
      for (const { revision, counters } of viewer.states) {
        const negative = Object.entries(counters).filter(([, value]) => value < 0);
        if (negative.length > 0) faults.push(`${negative.join()} was shown at ${revision}`);
      }
      if (listViewerStatuses(viewer).at(-1) === true) faults.push('a viewer is still degraded');
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

/** Lists the `degraded` flags that a viewer has received, in order. */
function listViewerStatuses(viewer: AnyViewer): boolean[] {
  return listStatuses('frames' in viewer ? viewer.frames : viewer.messages);
}

/** Opens a WebSocket and an event stream for a dashboard on each instance. */
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
