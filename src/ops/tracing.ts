/** Traces over OTLP, as OpenTelemetry's own variables say. Loaded only when they ask for it: it is 1.5 MB of code. */
import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { Logger } from '@nestjs/common';
import { FloodGate } from './log-throttle.js';
import type { Fields } from './logger.js';
import { Spans } from './span-recorder.js';
import type { TraceVariables } from './otel-config.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** How long a stop waits for the last spans to be taken, milliseconds. */
const LAST_SPANS_MS = 1_500;
/** A collector that is away is told of once in this time, milliseconds. */
const TELL_AGAIN_MS = 60_000;

export interface Tracing {
  /** Which trace the work of now belongs to, as fields for the log. */
  fields(): Fields;
  /** Sends what is left, for a bounded time. */
  end(): Promise<void>;
}

/** Starts to make spans of all that is told. The exporter reads where to send them, and with which headers, by itself. */
export function startTracing(variables: TraceVariables): Tracing {
  tellFaults();
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'tallyboard', 'service.version': version }))
      .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] })),
    sampler: samplerOf(variables),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...variables.batches })],
  });
  const spans = new Spans(provider.getTracer('tallyboard', version), new W3CTraceContextPropagator());
  return {
    fields: () => {
      const { current } = spans;
      return current ? { traceId: current.traceId, spanId: current.spanId } : {};
    },
    end: async () => {
      spans.end();
      await Promise.race([provider.shutdown().catch(() => {}), setTimeout(LAST_SPANS_MS, undefined, { ref: false })]);
    },
  };
}

/** As OTEL_TRACES_SAMPLER names them. */
function samplerOf({ sampler, ratio }: TraceVariables): Sampler {
  const roots = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  };
  switch (sampler) {
    case 'always_on':
    case 'always_off':
    case 'traceidratio':
      return roots[sampler]();
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: roots.always_on() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: roots.always_off() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: roots.traceidratio() });
  }
}

/** What goes wrong with the export is told in the log. */
function tellFaults(): void {
  const logger = new Logger('Tracing');
  const gate = new FloodGate(TELL_AGAIN_MS, 1);
  const tell = (message: string): void => {
    const sayLeftOut = (leftOut: number): void => logger.warn(`${message} (${leftOut} times more)`);
    if (gate.admits('fault', sayLeftOut)) logger.warn(message);
  };
  const ignore = (): void => {};
  diag.setLogger(
    { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN },
  );
}
