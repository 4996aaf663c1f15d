/** Reads OpenTelemetry's variables for traces, without loading OpenTelemetry. */
import type { Environment } from '../config/load-config.js';

/** Samplers of the OpenTelemetry SDK specification. */
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export interface TraceConfig {
  readonly sampler: (typeof SAMPLERS)[number];
  /** Ratio of traces to record, 0 to 1, for samplers that use one. */
  readonly ratio: number;
  /** Batching of spans. Absent values: OpenTelemetry's defaults. */
  readonly batching: {
    readonly scheduledDelayMillis?: number;
    readonly maxQueueSize?: number;
    readonly maxExportBatchSize?: number;
    readonly exportTimeoutMillis?: number;
  };
}

/** Returns a configuration if an endpoint or exporter is set and tracing is not disabled. */
export function readTraceConfig(env: Environment): {
  readonly config?: TraceConfig;
  readonly warnings: string[];
} {
  const exporter = env['OTEL_TRACES_EXPORTER'];
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const isOff = env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || exporter === 'none';
  if (isOff || (!exporter && !endpoint)) return { warnings: [] };
  if (exporter && exporter !== 'otlp') {
    return { warnings: [`OTEL_TRACES_EXPORTER=${exporter}: only otlp is supported; no traces are exported`] };
  }
  const warnings: string[] = [];
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'];
  if (protocol === 'grpc')
    warnings.push('OTEL_EXPORTER_OTLP_PROTOCOL=grpc: not supported; traces are sent over HTTP as JSON');
  const samplerName = env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on';
  const sampler = SAMPLERS.find((name) => name === samplerName);
  if (!sampler) warnings.push(`OTEL_TRACES_SAMPLER=${samplerName}: unknown sampler; all traces are recorded`);
  const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] || 1);
  const isRatio = ratio >= 0 && ratio <= 1;
  if (!isRatio)
    warnings.push(`OTEL_TRACES_SAMPLER_ARG=${env['OTEL_TRACES_SAMPLER_ARG']}: must be from 0 to 1; using 1`);
  return {
    config: { sampler: sampler ?? 'parentbased_always_on', ratio: isRatio ? ratio : 1, batching: parseBatching(env) },
    warnings,
  };
}

function parseBatching(env: Environment): TraceConfig['batching'] {
  const names = {
    scheduledDelayMillis: 'OTEL_BSP_SCHEDULE_DELAY',
    maxQueueSize: 'OTEL_BSP_MAX_QUEUE_SIZE',
    maxExportBatchSize: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    exportTimeoutMillis: 'OTEL_BSP_EXPORT_TIMEOUT',
  };
  const numbers = Object.entries(names).map(([option, name]) => [option, Number(env[name] || NaN)] as const);
  return Object.fromEntries(numbers.filter(([, value]) => value > 0));
}
