/** Builds the AsyncAPI document: the messages that viewers receive over WebSocket and as server-sent events. */
import { CLOSE_CODES } from '../protocol/close-codes.js';
import { type LiveMessage, MAX_MESSAGE_BYTES, SUBPROTOCOL } from '../protocol/live-messages.js';
import { MEASURES_SCHEMA, PERIODS_SCHEMA } from './period-schemas.js';
import { SnapshotQuery } from '../dashboard/routes/snapshot.query.js';
import { describeQuery, PATH_PARAMETERS } from './parameters.js';
import { boolean, integer, literal, object, optional, type SchemaOf } from './json-schema.js';
import {
  ADDED_SCHEMA,
  BARE_SNAPSHOT_SCHEMA,
  createValuesSchema,
  DASHBOARD_SCHEMA,
  EPOCH_SCHEMA,
  REVISION_SCHEMA,
  STREAMED_ENTRY_SCHEMA,
  TIME_SCHEMA,
} from './schemas.js';

type MessageType = LiveMessage['type'];
type TypedMessage<T extends MessageType> = Extract<LiveMessage, { readonly type: T }>;

/** JSON Schema of each message of `tallyboard.v1`, by type. */
const MESSAGE_SCHEMAS: { readonly [T in MessageType]: SchemaOf<TypedMessage<T>> } = {
  snapshot: object<TypedMessage<'snapshot'>>({
    type: literal('snapshot'),
    dashboard: DASHBOARD_SCHEMA,
    epoch: EPOCH_SCHEMA,
    revision: REVISION_SCHEMA,
    at: TIME_SCHEMA,
    counters: createValuesSchema('Values of all selected counters.'),
    added: ADDED_SCHEMA,
    measures: MEASURES_SCHEMA,
    periods: PERIODS_SCHEMA,
    definition: optional(integer({ description: 'Number of the definition: one more for each change of it.' })),
    heartbeatMs: optional(
      integer({
        description:
          'Longest silence of the service in milliseconds (`HEARTBEAT_MS`): then it sends a heartbeat. A connection that is silent for 7 s longer is dead.',
      }),
    ),
  }),
  patch: object<TypedMessage<'patch'>>({
    type: literal('patch'),
    from: integer({ description: 'Revision that this patch applies to.' }),
    revision: REVISION_SCHEMA,
    at: TIME_SCHEMA,
    counters: createValuesSchema('New values of the counters that changed.'),
    added: ADDED_SCHEMA,
    measures: MEASURES_SCHEMA,
    periods: PERIODS_SCHEMA,
  }),
  definition: object<TypedMessage<'definition'>>({
    type: literal('definition'),
    version: integer({ minimum: 1, description: 'Number of the present definition.' }),
  }),
  heartbeat: object<TypedMessage<'heartbeat'>>({
    type: literal('heartbeat'),
    revision: REVISION_SCHEMA,
    at: TIME_SCHEMA,
  }),
  status: object<TypedMessage<'status'>>({
    type: literal('status'),
    degraded: boolean({ description: 'True while the values may be out of date.' }),
    since: integer({ description: 'Time at which this state began, milliseconds since the Unix epoch.' }),
  }),
  reconnect: object<TypedMessage<'reconnect'>>({
    type: literal('reconnect'),
    afterMs: integer({ description: 'Milliseconds to wait before reconnecting.' }),
  }),
};

const MESSAGE_SUMMARIES: { readonly [T in MessageType]: string } = {
  snapshot:
    'The whole state. Sent first, and whenever a patch cannot express what changed. If `epoch` differs, revisions start again.',
  patch:
    'The counters that changed since revision `from`, for a viewer that is at that revision. `from` may equal `revision`: then only periods have begun. A period with another `start` has begun, and every counter that is not named is at 0 in it.',
  definition:
    'The definition has changed: `GET .../definition` returns it. A dashboard with measures sends a snapshot as well.',
  heartbeat:
    'Nothing has changed for a while: the connection is alive and the viewer is at `revision`. In an event stream, a heartbeat is a comment.',
  status:
    'Whether the values may be out of date because the store cannot be reached. Sent when that begins, to viewers that connect during that time, and when it ends, after the frame that corrects the values.',
  reconnect: 'Sent before a close with 1012, or before the end of an event stream: reconnect after `afterMs`.',
};
const MESSAGE_TYPES = Object.keys(MESSAGE_SCHEMAS) as MessageType[];

const CLOSE_CODE_LIST = Object.values(CLOSE_CODES);
const CHANNEL_DESCRIPTION = `Without a subprotocol, each frame is a bare snapshot: one when the viewer connects, one after
changes, and one per heartbeat interval. With the subprotocol \`${SUBPROTOCOL}\`, each frame is a message with a \`type\`.

With \`Accept: text/event-stream\`, the same messages arrive as server-sent events. The \`id\` of an event is
\`epoch:revision\`. A client that sends it as \`Last-Event-ID\` gets no new snapshot if it is still up to date.

With \`?totals\`, messages have \`added\` beside \`counters\`: the difference between two of them is exact, whatever
was skipped in between. With \`?periods=day,month\`, messages have \`periods\`: what was added and removed since the
present hour, day, week, month or year of the dashboard began. States may be skipped between two frames, but are never reordered.

Messages from viewers are ignored. One of more than ${MAX_MESSAGE_BYTES} bytes closes the connection.

| close | meaning | reconnect |
|---|---|---|
${CLOSE_CODE_LIST.map(({ code, reason, reconnect }) => `| ${code} | ${reason} | ${reconnect ? 'yes' : 'no'} |`).join('\n')}

Before the upgrade, an error is an HTTP response with \`application/problem+json\`, as openapi.json describes.`;

const LEDGER_DESCRIPTION = `With \`Accept: text/event-stream\`: every entry of the ledger once and in order, and then every
new one. The \`data\` of an event is the entry with its epoch, its \`id\` is \`epoch:revision\`. The stream goes on after the
entry of \`Last-Event-ID\`, or after the revision \`?after=\`; without either it begins with the oldest entry that is kept.
\`?counters=a,b\` and \`?who=name\` filter.

Unlike the state of a dashboard, entries are never skipped: a client that reads slowly gets them later. Heartbeats are
comments. One may have an \`id\` without \`data\`: a filter has passed over entries up to that one. If entries expire before
they were read, or the dashboard begins another history, the stream ends; the next request then gets \`ledger-gone\` (410),
as openapi.json describes.`;

/** Parameters of a handshake and of a stream. */
const WATCH_QUERY = {
  type: 'object',
  properties: describeQuery({ query: [SnapshotQuery], acceptsTicket: true }),
  additionalProperties: false,
};

const createRef = (path: string) => ({ $ref: `#/${path}` });

/** @param basePath prefix of all paths (`BASE_PATH`), without a proxy */
export function createAsyncApi(version: string, basePath: string): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tallyboard live protocol',
      version,
      description:
        'The messages that viewers of a dashboard receive. [openapi.json](./openapi.json) describes the HTTP API.',
      license: { name: 'MIT' },
      tags: [{ name: 'Live', description: 'Messages that viewers receive.' }],
    },
    defaultContentType: 'application/json',
    servers: {
      websocket: describeServer('ws', basePath, 'WebSocket, at the address of this document.'),
      events: describeServer('http', basePath, 'The same messages as server-sent events.'),
    },
    channels: {
      main: describeChannel('/dashboard', 'Dashboard `main`.'),
      dashboard: {
        ...describeChannel('/dashboards/{dashboard}', 'Any dashboard.'),
        parameters: { dashboard: { description: PATH_PARAMETERS['dashboard']?.['description'] } },
      },
      ledger: {
        address: '/dashboards/{dashboard}/changes',
        summary: 'The ledger of any dashboard.',
        description: LEDGER_DESCRIPTION,
        servers: [createRef('servers/events')],
        messages: { ledgerEntry: createRef('components/messages/ledgerEntry') },
        parameters: { dashboard: { description: PATH_PARAMETERS['dashboard']?.['description'] } },
      },
    },
    operations: {
      ...describeOperations('main'),
      ...describeOperations('dashboard'),
      'ledger.events': {
        action: 'send',
        channel: createRef('channels/ledger'),
        summary: 'The ledger as server-sent events.',
        description: 'The data of each event is an entry. Heartbeats are comments.',
        messages: [createRef('channels/ledger/messages/ledgerEntry')],
      },
    },
    components: {
      schemas: { ...MESSAGE_SCHEMAS, bareSnapshot: BARE_SNAPSHOT_SCHEMA, ledgerEntry: STREAMED_ENTRY_SCHEMA },
      messages: {
        ...Object.fromEntries(MESSAGE_TYPES.map((type) => [type, describeMessage(type, MESSAGE_SUMMARIES[type])])),
        bareSnapshot: describeMessage('bareSnapshot', 'The values of all selected counters, and nothing else.'),
        ledgerEntry: describeMessage('ledgerEntry', 'An applied change set, with its epoch.'),
      },
    },
  };
}

/** Unlike OpenAPI, AsyncAPI has no relative server URLs, so what a proxy may change is a variable. */
function describeServer(protocol: 'ws' | 'http', basePath: string, description: string): object {
  return {
    host: '{host}',
    pathname: '{base}',
    protocol,
    description: `${description} Over TLS, the protocol is \`${protocol}s\`.`,
    variables: {
      host: { default: 'localhost:8082', description: 'Host and port that serve this document.' },
      base: { default: basePath, description: 'Path of this document without the trailing `/asyncapi.json`.' },
    },
  };
}

function describeMessage(name: string, summary: string): object {
  return { name, title: name, summary, payload: createRef(`components/schemas/${name}`) };
}

function describeChannel(address: string, summary: string): object {
  return {
    address,
    summary,
    description: CHANNEL_DESCRIPTION,
    servers: [createRef('servers/websocket'), createRef('servers/events')],
    messages: Object.fromEntries(
      [...MESSAGE_TYPES, 'bareSnapshot'].map((name) => [name, createRef(`components/messages/${name}`)]),
    ),
    bindings: { ws: { method: 'GET', query: WATCH_QUERY } },
    'x-close-codes': CLOSE_CODE_LIST,
  };
}

function describeOperations(channelName: string): object {
  const describeOperation = (summary: string, description: string, messages: readonly string[]): object => ({
    action: 'send',
    channel: createRef(`channels/${channelName}`),
    summary,
    description,
    messages: messages.map((messageName) => createRef(`channels/${channelName}/messages/${messageName}`)),
  });
  return {
    [`${channelName}.bare`]: describeOperation(
      'Frames of a WebSocket without a subprotocol.',
      'Each frame is the values of all selected counters.',
      ['bareSnapshot'],
    ),
    [`${channelName}.v1`]: describeOperation(
      `Frames of the subprotocol \`${SUBPROTOCOL}\`.`,
      'Each frame is a message with a `type`. The first one is a snapshot.',
      MESSAGE_TYPES,
    ),
    [`${channelName}.events`]: describeOperation(
      'Server-sent events.',
      'The data of each event is a message with a `type`. Heartbeats are comments.',
      MESSAGE_TYPES.filter((type) => type !== 'heartbeat'),
    ),
  };
}
