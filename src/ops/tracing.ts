/** Traces over OTLP, as OpenTelemetry's own variables say. Loaded only when they ask for it: it is 1.5 MB of code. */
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
import { VERSION } from '../config/version.js';
import { LogThrottle } from './log-throttle.js';
import type { LogFields } from './logger.js';
import { SpanRecorder } from './span-recorder.js';
import type { TraceConfig } from './otel-config.js';

/** How long a stop waits for the last spans to be taken, milliseconds. */
const SPAN_FLUSH_TIMEOUT_MS = 1_500;
/** A collector that is away is told of once in this time, milliseconds. */
const FAULT_LOG_INTERVAL_MS = 60_000;

interface Tracing {
  /** Which trace the work of now belongs to, as fields for the log. */
  getLogFields(): LogFields;
  /** Sends what is left, for a bounded time. */
  shutDown(): Promise<void>;
}

/** Starts to make spans of all that is told. The exporter reads where to send them, and with which headers, by itself. */
export function startTracing(config: TraceConfig): Tracing {
  logExportFaults();
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'tallyboard', 'service.version': VERSION }))
      .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] })),
    sampler: createSampler(config),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...config.batching })],
  });
  const recorder = new SpanRecorder(provider.getTracer('tallyboard', VERSION), new W3CTraceContextPropagator());
  return {
    getLogFields: () => {
      const { current } = recorder;
      return current ? { traceId: current.traceId, spanId: current.spanId } : {};
    },
    shutDown: async () => {
      recorder.stop();
      await Promise.race([
        provider.shutdown().catch(() => {}),
        setTimeout(SPAN_FLUSH_TIMEOUT_MS, undefined, { ref: false }),
      ]);
    },
  };
}

/** As OTEL_TRACES_SAMPLER names them. */
function createSampler({ sampler, ratio }: TraceConfig): Sampler {
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
function logExportFaults(): void {
  const logger = new Logger('Tracing');
  const throttle = new LogThrottle(FAULT_LOG_INTERVAL_MS, 1);
  const logFault = (message: string): void => {
    const logSuppressed = (leftOut: number): void => logger.warn(`${message} (${leftOut} times more)`);
    if (throttle.shouldLog('fault', logSuppressed)) logger.warn(message);
  };
  const ignore = (): void => {};
  diag.setLogger(
    { error: logFault, warn: logFault, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN },
  );
}
