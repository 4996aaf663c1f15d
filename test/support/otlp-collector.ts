/** A collector of traces: takes OTLP over HTTP as JSON, and keeps the spans. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterTest, eventually } from './cleanup.js';

interface Value {
  readonly stringValue?: string;
  readonly intValue?: number;
  readonly boolValue?: boolean;
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

interface Attribute {
  readonly key: string;
  readonly value: Value;
}

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code: number };
}

export interface CollectedSpan extends Omit<SentSpan, 'attributes'> {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Attributes of who sent it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

export interface Collector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** All that was sent, as text. */
  readonly text: () => string;
  /** Resolves with a span of this name, as soon as there is one. */
  readonly untilHas: (name: string) => Promise<CollectedSpan>;
  /** How many requests came. */
  readonly requests: () => number;
}

/** @param answers false for one that takes requests and never answers */
export async function startCollector(answers = true): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  let [text, requests] = ['', 0];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests += 1;
    const sent = (await json(request)) as Sent;
    text += JSON.stringify(sent);
    if (!answers) return;
    for (const { resource, scopeSpans } of sent.resourceSpans) {
      const who = named(resource.attributes);
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
        spans.push({ ...span, attributes: named(span.attributes), resource: who });
      }
    }
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  };
  const server = createServer((request, response) => void take(request, response));
  afterTest(() => server.close().closeAllConnections());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const find = (name: string) => spans.find((span) => span.name === name);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    text: () => text,
    requests: () => requests,
    untilHas: async (name) => {
      await eventually(() => find(name) !== undefined);
      return find(name) as CollectedSpan;
    },
  };
}

function named(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] as unknown]));
}
