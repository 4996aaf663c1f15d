/** Answers the requests that clients send, as the controllers do: changes, snapshots and event streams. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Change, ChangeSet } from '../../src/counters/counters.js';
import { TallyError } from '../../src/counters/errors.js';
import type { DashboardService } from '../../src/dashboard/dashboard.service.js';
import { SseViewer } from '../../src/dashboard/live/sse-viewer.js';
import type { ViewerAdmission, WatchGrant } from '../../src/dashboard/live/viewer-admission.js';
import type { ViewerHub } from '../../src/dashboard/live/viewer-hub.js';
import { toProblemDetails } from '../../src/http/problem-details.js';
import type { Answer, Request } from '../network/http.js';
import { LiveLink } from '../network/live-link.js';
import type { Network } from '../network/network.js';
import type { Life } from '../world/life.js';
import { getWorld } from '../world/world.js';

const ROUTE = /^\/dashboards\/([^/?]+)(\/changes)?(?:\?|$)/;

/** The parts of the service that requests reach. */
interface RoutedService {
  readonly life: Life;
  readonly network: Network;
  readonly dashboards: DashboardService;
  readonly admission: ViewerAdmission;
  readonly hub: ViewerHub;
  readonly isStopping: boolean;
}

interface ChangeBody {
  readonly changes?: readonly Change[];
  readonly undoes?: number;
  readonly reason?: string;
}

export async function answerRequest(service: RoutedService, request: Request): Promise<Answer> {
  try {
    if (service.isStopping) throw new TallyError('stopping', 'this instance is shutting down');
    const [, name, changes] = ROUTE.exec(request.path) ?? [];
    if (name === undefined) throw new TallyError('unknown-route', `there is nothing at ${request.path}`);
    const dashboard = decodeURIComponent(name);
    if (changes !== undefined && request.method === 'POST') return await applyChanges(service, dashboard, request);
    if (request.headers['accept']?.includes('text/event-stream')) return await openStream(service, request);
    const state = await service.dashboards.getLatest(dashboard);
    return toAnswer(200, state.toSnapshot());
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    const retryAfterS = error.retryAfterS ?? error.definition.retryAfterS;
    const headers = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
    return toAnswer(error.definition.status, toProblemDetails(error), headers);
  }
}

async function applyChanges(
  { dashboards }: RoutedService,
  dashboard: string,
  { headers, body }: Request,
): Promise<Answer> {
  const { changes = [], undoes, reason } = JSON.parse(body) as ChangeBody;
  const key = headers['idempotency-key'];
  const changeSet: ChangeSet = {
    dashboard,
    changes,
    ...(undoes !== undefined && { undoes }),
    ...(reason !== undefined && { reason }),
    ...(key !== undefined && { key }),
  };
  return toAnswer(200, await dashboards.apply(changeSet));
}

function toAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: JSON.stringify(body) };
}

async function openStream(service: RoutedService, { path, headers, origin, client }: Request): Promise<Answer> {
  const grant = await service.admission.admit(path, { grants: [] }, client.name);
  getWorld().trace.event(`${client.name} opens an event stream`);
  let [take, end] = [(_bytes: Uint8Array): void => undefined, (): void => undefined];
  const link = new LiveLink(service.network, origin, client, { onBytes: (bytes) => take(bytes), onEnd: () => end() });
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    body: '',
    stream: (takeBytes, endStream) => {
      [take, end] = [takeBytes, endStream];
      getWorld().schedule('stream opens', 0, () => connectStream(service, grant, link, headers), service.life);
    },
    onGone: () => link.endByClient(),
  };
}

function connectStream(
  { hub, life }: RoutedService,
  grant: WatchGrant,
  link: LiveLink,
  headers: Request['headers'],
): void {
  if (!link.isOpen) return;
  let viewer: SseViewer | undefined;
  link.accept(life, { onEnd: () => viewer && hub.disconnect(viewer) });
  const response = { end: () => link.end() };
  viewer = hub.connect(
    grant,
    {} as IncomingMessage,
    (feed, clock) =>
      new SseViewer(
        feed,
        grant.includeTotals,
        link.socket as unknown as Socket,
        response as unknown as ServerResponse,
        clock,
        headers['last-event-id'],
      ),
  );
}
