/** Exports traces over OTLP. Loaded only if OpenTelemetry's variables enable it: it is 1.5 MB of code. */
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

/** Time for the last spans to be exported during the shutdown, milliseconds. */
const SPAN_FLUSH_TIMEOUT_MS = 1_500;
/** Interval between log lines about an unavailable collector, milliseconds. */
const FAULT_LOG_INTERVAL_MS = 60_000;

interface Tracing {
  /** Returns the ids of the current trace and span as log fields. */
  getLogFields(): LogFields;
  /** Exports the remaining spans, in bounded time. */
  shutDown(): Promise<void>;
}

/** Starts recording spans. The exporter itself reads its endpoint and headers from the environment. */
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

function logExportFaults(): void {
  const logger = new Logger('Tracing');
  const throttle = new LogThrottle(FAULT_LOG_INTERVAL_MS, 1);
  const logFault = (message: string): void => {
    const logSuppressed = (leftOut: number): void => logger.warn(`${message} (${leftOut} more times)`);
    if (throttle.shouldLog('fault', logSuppressed)) logger.warn(message);
  };
  const ignore = (): void => {};
  diag.setLogger(
    { error: logFault, warn: logFault, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN },
  );
}
