/** Answers the requests that clients and relays send, as the controllers do. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Change, ChangeSet } from '../../src/counters/counters.js';
import { TallyError } from '../../src/counters/errors.js';
import { mergeDefinition } from '../../src/dashboard/definition-patch.js';
import type { DefinitionService } from '../../src/dashboard/definition.service.js';
import { parseCounterFilter } from '../../src/dashboard/routes/counters.query.js';
import { DashboardDefinitionDto } from '../../src/dashboard/routes/definition.dto.js';
import { parsePeriods } from '../../src/dashboard/routes/periods.query.js';
import { toDefinitionResource, toDefinitionResponse } from '../../src/dashboard/routes/responses.js';
import { parseTotals } from '../../src/dashboard/routes/totals.query.js';
import type { DashboardService } from '../../src/dashboard/dashboard.service.js';
import { SseViewer } from '../../src/dashboard/live/sse-viewer.js';
import type { ViewerAdmission, WatchGrant } from '../../src/dashboard/live/viewer-admission.js';
import type { ViewerHub } from '../../src/dashboard/live/viewer-hub.js';
import { stringifyDecimals } from '../../src/measures/decimal-json.js';
import { readCaller, runAsCaller } from '../../src/store/upstream/relayed-caller.js';
import type { Upstream } from '../../src/store/upstream/upstream.js';
import { toProblemDetails } from '../../src/http/problem-details.js';
import { parseBody } from '../../src/validation/validation.pipe.js';
import type { Answer, Request } from '../network/http.js';
import { LiveLink } from '../network/live-link.js';
import type { Network } from '../network/network.js';
import type { Life } from '../world/life.js';
import { getWorld } from '../world/world.js';
import { answerBulk } from './bulk-response.js';
import { forward } from './forwarding.js';

const ROUTE = /^\/dashboards\/([^/]+)(?:\/(changes|definition|counters\/[^/]+))?$/;

/** The parts of the service that requests reach. */
interface RoutedService {
  readonly life: Life;
  readonly network: Network;
  readonly dashboards: DashboardService;
  readonly definitions: DefinitionService;
  readonly admission: ViewerAdmission;
  readonly hub: ViewerHub;
  readonly isStopping: boolean;
  /** Of a relay. */
  readonly upstream: Upstream | undefined;
}

interface ChangeBody {
  readonly changes?: readonly Change[];
  readonly undoes?: number;
  readonly reason?: string;
}

export async function answerRequest(service: RoutedService, request: Request): Promise<Answer> {
  try {
    if (service.isStopping) throw new TallyError('stopping', 'this instance is shutting down');
    const caller = readCaller(request);
    return await runAsCaller(caller, () => route(service, request));
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    const retryAfterS = error.retryAfterS ?? error.definition.retryAfterS;
    const headers = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
    return toAnswer(error.definition.status, toProblemDetails(error), headers);
  }
}

async function route(service: RoutedService, request: Request): Promise<Answer> {
  const { dashboards, upstream } = service;
  const { method, path, headers, body } = request;
  const [resource = ''] = path.split('?');
  if (resource === '/health/live') return toAnswer(200, {});
  const isChange = method === 'POST' && resource.endsWith('/changes');
  if (isChange && resource === '/changes') return answerBulk(dashboards, body, headers['idempotency-key']);
  const [, name, part] = ROUTE.exec(resource) ?? [];
  if (name === undefined) throw new TallyError('unknown-route', `there is nothing at ${path}`);
  const dashboard = decodeURIComponent(name);
  if (isChange) return applyChanges(service, dashboard, request);
  if (headers['accept']?.includes('text/event-stream')) return openStream(service, request);
  if (upstream) return forward(upstream, request);
  if (method === 'DELETE') return remove(service, dashboard, part?.split('/')[1]);
  if (method === 'PATCH') return patchDefinition(service, dashboard, body);
  if (part === undefined) return readSnapshot(service, dashboard, path);
  if (part !== 'definition') throw new TallyError('unknown-route', `there is nothing at ${path}`);
  const state = await dashboards.getLatest(dashboard);
  const definition = toDefinitionResource(state, dashboards.resolveReckoning(state));
  return toAnswer(200, definition, { etag: `"${state.epoch}:v${state.version}"` });
}

async function remove({ dashboards }: RoutedService, dashboard: string, counter?: string): Promise<Answer> {
  await dashboards.remove(dashboard, counter);
  return { status: 204, headers: {}, body: '' };
}

async function patchDefinition({ definitions }: RoutedService, dashboard: string, body: string): Promise<Answer> {
  const { state } = await definitions.change(dashboard, {
    who: undefined,
    isExpected: () => true,
    compute: (present) => {
      if (!present) throw new TallyError('unknown-dashboard', `there is no dashboard named ${dashboard}`);
      const definition = { ...present.settings, counters: present.getDefinitions() };
      const merged = mergeDefinition(definition, JSON.parse(body) as Record<string, unknown>);
      return parseBody(DashboardDefinitionDto, merged).toDefinition();
    },
  });
  return toAnswer(200, toDefinitionResponse(state));
}

async function readSnapshot({ dashboards }: RoutedService, dashboard: string, path: string): Promise<Answer> {
  const parameters = new URL(path, 'http://service').searchParams;
  const filters = parameters.getAll('counters');
  const filter = filters.length > 0 ? parseCounterFilter(filters) : undefined;
  const periods = parsePeriods(parameters.getAll('periods'));
  const state = await dashboards.getLatest(dashboard, filter ?? []);
  await dashboards.openPeriods(state, periods);
  const view = { filter, totals: parseTotals(parameters.getAll('totals')), periods };
  return { status: 200, headers: {}, body: stringifyDecimals(state.toSnapshot(view)) };
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
  // Bytes that are there before the answer wait for it.
  const early: Uint8Array[] = [];
  let [take, end] = [(bytes: Uint8Array): void => void early.push(bytes), (): void => undefined];
  const link = new LiveLink(service.network, origin, client, { onBytes: (bytes) => take(bytes), onEnd: () => end() });
  connectStream(service, grant, link, headers);
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    body: '',
    stream: (takeBytes, endStream) => {
      [take, end] = [takeBytes, endStream];
      for (const bytes of early) takeBytes(bytes);
      if (!link.isOpen) endStream();
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
