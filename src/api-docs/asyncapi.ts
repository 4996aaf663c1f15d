/** The AsyncAPI document: what viewers get over WebSocket and as server-sent events. */
import { CLOSE_CODES, type LiveMessage, MAX_MESSAGE_BYTES, SUBPROTOCOL } from '../protocol/live-messages.js';
import { PATH_PARAMETERS, QUERIES } from './parameters.js';
import { object, only, type SchemaOf, whole, yesOrNo } from './json-schema.js';
import { ADDED, AT, DASHBOARD, EPOCH, REVISION, SCHEMAS, values } from './schemas.js';

type Type = LiveMessage['type'];
type Message<T extends Type> = Extract<LiveMessage, { readonly type: T }>;

/** The messages of `tallyboard.v1`: what the service sends by type, in JSON Schema. */
const MESSAGES: { readonly [T in Type]: SchemaOf<Message<T>> } = {
  snapshot: object<Message<'snapshot'>>({
    type: only('snapshot'),
    dashboard: DASHBOARD,
    epoch: EPOCH,
    revision: REVISION,
    at: AT,
    counters: values('Every counter that is watched, and its value.'),
    added: ADDED,
  }),
  patch: object<Message<'patch'>>({
    type: only('patch'),
    from: whole({ description: 'The revision that the viewer has to be at.' }),
    revision: REVISION,
    at: AT,
    counters: values('The counters that changed, and no others.'),
    added: ADDED,
  }),
  heartbeat: object<Message<'heartbeat'>>({
    type: only('heartbeat'),
    revision: REVISION,
    at: whole({ description: 'Milliseconds since the Unix epoch, now.' }),
  }),
  status: object<Message<'status'>>({
    type: only('status'),
    degraded: yesOrNo({ description: 'True as long as what is shown may be behind.' }),
    since: whole({ description: 'When that began, milliseconds since the Unix epoch.' }),
  }),
  reconnect: object<Message<'reconnect'>>({
    type: only('reconnect'),
    afterMs: whole({ description: 'Milliseconds to wait before the next attempt.' }),
  }),
};

const SUMMARIES: { readonly [T in Type]: string } = {
  snapshot: 'The whole state: first, and whenever a patch will not do. With another epoch, revisions begin anew.',
  patch: 'What changed since revision `from`, for a viewer that is at it.',
  heartbeat:
    'Nothing changed for a while: the connection lives, and the viewer is at `revision`. In a stream of events it is a comment.',
  status:
    'Whether what is shown may be behind, because the store cannot be reached. Told when that begins, and to who comes meanwhile; and when it is over, after the frame that made it right.',
  reconnect: 'Comes before a close with 1012, or the end of a stream: come back after `afterMs`.',
};
const TYPES = Object.keys(MESSAGES) as Type[];

const CLOSES = Object.values(CLOSE_CODES);
const CHANNEL = `Without a subprotocol each frame is a bare snapshot: one when the viewer connects, one after changes, and one
per heartbeat interval. With \`${SUBPROTOCOL}\` each is a message with a \`type\`. The same messages come as server-sent events to who
asks for \`text/event-stream\`: their \`id\` is \`epoch:revision\`, and with it as \`Last-Event-ID\` no snapshot is sent again.
With \`?totals\` these messages carry \`added\` beside \`counters\`: the difference of two is exact, whatever was skipped between them.
Between two frames, states may be skipped, never reordered. What viewers send is ignored; over ${MAX_MESSAGE_BYTES} bytes it closes the connection.

| close | meaning | reconnect |
|---|---|---|
${CLOSES.map(({ code, reason, reconnect }) => `| ${code} | ${reason} | ${reconnect ? 'yes' : 'no'} |`).join('\n')}

Before the upgrade a refusal is HTTP with \`application/problem+json\`, as openapi.json describes it.`;

const at = (path: string) => ({ $ref: `#/${path}` });

/** The document. @param basePath what comes before the addresses of the channels, without a proxy */
export function asyncApiOf(version: string, basePath: string): object {
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
      websocket: server('ws', basePath, 'WebSocket, where this document comes from.'),
      events: server('http', basePath, 'The same, as server-sent events.'),
    },
    channels: {
      main: channel('/dashboard', 'Dashboard `main`.'),
      dashboard: {
        ...channel('/dashboards/{dashboard}', 'Any dashboard.'),
        parameters: { dashboard: { description: PATH_PARAMETERS['dashboard']?.['description'] } },
      },
    },
    operations: { ...operations('main'), ...operations('dashboard') },
    components: {
      schemas: { ...MESSAGES, bareSnapshot: SCHEMAS['BareSnapshot'] },
      messages: {
        ...Object.fromEntries(TYPES.map((type) => [type, message(type, SUMMARIES[type])])),
        bareSnapshot: message('bareSnapshot', 'The values of all counters that are watched, and nothing else.'),
      },
    },
  };
}

/** A server cannot be told relative to the document, as OpenAPI's can: what a proxy may change is a variable. */
function server(protocol: 'ws' | 'http', basePath: string, description: string): object {
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

function message(name: string, summary: string): object {
  return { name, title: name, summary, payload: at(`components/schemas/${name}`) };
}

function channel(address: string, summary: string): object {
  return {
    address,
    summary,
    description: CHANNEL,
    servers: [at('servers/websocket'), at('servers/events')],
    messages: Object.fromEntries([...TYPES, 'bareSnapshot'].map((name) => [name, at(`components/messages/${name}`)])),
    bindings: { ws: { method: 'GET', query: QUERIES['snapshot'] } },
    'x-close-codes': CLOSES,
  };
}

function operations(name: string): object {
  const operation = (summary: string, messages: readonly string[]): object => ({
    action: 'send',
    channel: at(`channels/${name}`),
    summary,
    messages: messages.map((one) => at(`channels/${name}/messages/${one}`)),
  });
  return {
    [`${name}.bare`]: operation('Frames for a plain WebSocket.', ['bareSnapshot']),
    [`${name}.v1`]: operation(`Frames of the subprotocol \`${SUBPROTOCOL}\`.`, TYPES),
    [`${name}.events`]: operation(
      'Server-sent events.',
      TYPES.filter((type) => type !== 'heartbeat'),
    ),
  };
}
