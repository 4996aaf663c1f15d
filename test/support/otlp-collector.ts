/** A trace collector that receives OTLP over HTTP as JSON and keeps the spans. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { eventually } from './cleanup.js';
import { startHttpServer } from './http-server.js';

interface AttributeValue {
  readonly stringValue?: string;
  readonly intValue?: number;
  readonly boolValue?: boolean;
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
}

interface OtlpSpan {
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

interface CollectedSpan extends Omit<OtlpSpan, 'attributes'> {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Attributes of the resource that emitted the span. */
  readonly resource: Readonly<Record<string, unknown>>;
}

interface OtlpCollector {
  /** URL for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** Returns the JSON of all requests so far. */
  readonly receivedText: () => string;
  /** Resolves with the first span of this name, once there is one. */
  readonly waitForSpan: (name: string) => Promise<CollectedSpan>;
  /** Returns the number of requests so far. */
  readonly getRequestCount: () => number;
}

/** Starts a collector. @param answers false for one that accepts requests and never responds */
export async function startCollector(answers = true): Promise<OtlpCollector> {
  const spans: CollectedSpan[] = [];
  let [text, requests] = ['', 0];
  const receiveExport = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests += 1;
    const exportRequest = (await json(request)) as ExportRequest;
    text += JSON.stringify(exportRequest);
    if (!answers) return;
    for (const { resource, scopeSpans } of exportRequest.resourceSpans) {
      const resourceAttributes = toAttributeRecord(resource.attributes);
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
        spans.push({ ...span, attributes: toAttributeRecord(span.attributes), resource: resourceAttributes });
      }
    }
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  };
  const { url } = await startHttpServer((request, response) => void receiveExport(request, response));
  const find = (name: string) => spans.find((span) => span.name === name);
  return {
    url,
    spans,
    receivedText: () => text,
    getRequestCount: () => requests,
    waitForSpan: async (name) => {
      await eventually(() => find(name) !== undefined);
      return find(name) as CollectedSpan;
    },
  };
}

function toAttributeRecord(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] as unknown]));
}
