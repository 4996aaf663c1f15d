/** The AsyncAPI document: what viewers get over WebSocket and as server-sent events. */
import { CLOSE_CODES } from '../protocol/close-codes.js';
import { type LiveMessage, MAX_MESSAGE_BYTES, SUBPROTOCOL } from '../protocol/live-messages.js';
import { PATH_PARAMETERS, QUERY_PARAMETERS } from './parameters.js';
import { boolean, integer, literal, object, type SchemaOf } from './json-schema.js';
import {
  ADDED_SCHEMA,
  createValuesSchema,
  DASHBOARD_SCHEMA,
  EPOCH_SCHEMA,
  REVISION_SCHEMA,
  SCHEMAS,
  TIME_SCHEMA,
} from './schemas.js';

type MessageType = LiveMessage['type'];
type TypedMessage<T extends MessageType> = Extract<LiveMessage, { readonly type: T }>;

/** The messages of `tallyboard.v1`: what the service sends by type, in JSON Schema. */
const MESSAGE_SCHEMAS: { readonly [T in MessageType]: SchemaOf<TypedMessage<T>> } = {
  snapshot: object<TypedMessage<'snapshot'>>({
    type: literal('snapshot'),
    dashboard: DASHBOARD_SCHEMA,
    epoch: EPOCH_SCHEMA,
    revision: REVISION_SCHEMA,
    at: TIME_SCHEMA,
    counters: createValuesSchema('Every counter that is watched, and its value.'),
    added: ADDED_SCHEMA,
  }),
  patch: object<TypedMessage<'patch'>>({
    type: literal('patch'),
    from: integer({ description: 'The revision that the viewer has to be at.' }),
    revision: REVISION_SCHEMA,
    at: TIME_SCHEMA,
    counters: createValuesSchema('The counters that changed, and no others.'),
    added: ADDED_SCHEMA,
  }),
  heartbeat: object<TypedMessage<'heartbeat'>>({
    type: literal('heartbeat'),
    revision: REVISION_SCHEMA,
    at: integer({ description: 'Milliseconds since the Unix epoch, now.' }),
  }),
  status: object<TypedMessage<'status'>>({
    type: literal('status'),
    degraded: boolean({ description: 'True as long as what is shown may be behind.' }),
    since: integer({ description: 'When that began, milliseconds since the Unix epoch.' }),
  }),
  reconnect: object<TypedMessage<'reconnect'>>({
    type: literal('reconnect'),
    afterMs: integer({ description: 'Milliseconds to wait before the next attempt.' }),
  }),
};

const MESSAGE_SUMMARIES: { readonly [T in MessageType]: string } = {
  snapshot: 'The whole state: first, and whenever a patch will not do. With another epoch, revisions begin anew.',
  patch: 'What changed since revision `from`, for a viewer that is at it.',
  heartbeat:
    'Nothing changed for a while: the connection lives, and the viewer is at `revision`. In a stream of events it is a comment.',
  status:
    'Whether what is shown may be behind, because the store cannot be reached. Told when that begins, and to who comes meanwhile; and when it is over, after the frame that made it right.',
  reconnect: 'Comes before a close with 1012, or the end of a stream: come back after `afterMs`.',
};
const MESSAGE_TYPES = Object.keys(MESSAGE_SCHEMAS) as MessageType[];

const CLOSE_CODE_LIST = Object.values(CLOSE_CODES);
const CHANNEL_DESCRIPTION = `Without a subprotocol each frame is a bare snapshot: one when the viewer connects, one after changes, and one
per heartbeat interval. With \`${SUBPROTOCOL}\` each is a message with a \`type\`. The same messages come as server-sent events to who
asks for \`text/event-stream\`: their \`id\` is \`epoch:revision\`, and with it as \`Last-Event-ID\` no snapshot is sent again.
With \`?totals\` these messages carry \`added\` beside \`counters\`: the difference of two is exact, whatever was skipped between them.
Between two frames, states may be skipped, never reordered. What viewers send is ignored; over ${MAX_MESSAGE_BYTES} bytes it closes the connection.

| close | meaning | reconnect |
|---|---|---|
${CLOSE_CODE_LIST.map(({ code, reason, reconnect }) => `| ${code} | ${reason} | ${reconnect ? 'yes' : 'no'} |`).join('\n')}

Before the upgrade a refusal is HTTP with \`application/problem+json\`, as openapi.json describes it.`;

const createRef = (path: string) => ({ $ref: `#/${path}` });

/** The document. @param basePath what comes before the addresses of the channels, without a proxy */
export function createAsyncApi(version: string, basePath: string): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tallyboard, live',
      version,
      description: 'What the viewers of a dashboard get. [openapi.json](./openapi.json) describes the rest.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      websocket: describeServer('ws', basePath, 'WebSocket, where this document comes from.'),
      events: describeServer('http', basePath, 'The same, as server-sent events.'),
    },
    channels: {
      main: describeChannel('/dashboard', 'Dashboard `main`.'),
      dashboard: {
        ...describeChannel('/dashboards/{dashboard}', 'Any dashboard.'),
        parameters: { dashboard: { description: PATH_PARAMETERS['dashboard']?.['description'] } },
      },
    },
    operations: { ...describeOperations('main'), ...describeOperations('dashboard') },
    components: {
      schemas: { ...MESSAGE_SCHEMAS, bareSnapshot: SCHEMAS['BareSnapshot'] },
      messages: {
        ...Object.fromEntries(MESSAGE_TYPES.map((type) => [type, describeMessage(type, MESSAGE_SUMMARIES[type])])),
        bareSnapshot: describeMessage('bareSnapshot', 'The values of all counters that are watched, and nothing else.'),
      },
    },
  };
}

/** A server cannot be told relative to the document, as OpenAPI's can: what a proxy may change is a variable. */
function describeServer(protocol: 'ws' | 'http', basePath: string, description: string): object {
  return {
    host: '{host}',
    pathname: '{base}',
    protocol,
    description: `${description} Over TLS it is \`${protocol}s\`.`,
    variables: {
      host: { default: 'localhost:8082', description: 'Host and port of this document.' },
      base: { default: basePath, description: 'Path of this document, without `/asyncapi.json` at its end.' },
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
    bindings: { ws: { method: 'GET', query: QUERY_PARAMETERS['snapshot'] } },
    'x-close-codes': CLOSE_CODE_LIST,
  };
}

function describeOperations(channelName: string): object {
  const describeOperation = (summary: string, messages: readonly string[]): object => ({
    action: 'send',
    channel: createRef(`channels/${channelName}`),
    summary,
    messages: messages.map((messageName) => createRef(`channels/${channelName}/messages/${messageName}`)),
  });
  return {
    [`${channelName}.bare`]: describeOperation('Frames for a plain WebSocket.', ['bareSnapshot']),
    [`${channelName}.v1`]: describeOperation(`Frames of the subprotocol \`${SUBPROTOCOL}\`.`, MESSAGE_TYPES),
    [`${channelName}.events`]: describeOperation(
      'Server-sent events.',
      MESSAGE_TYPES.filter((type) => type !== 'heartbeat'),
    ),
  };
}
