/** Whether traces are asked for, by OpenTelemetry's own variables, and how. Loads nothing of it. */
import type { Environment } from '../config/load-config.js';

/** As the specification of OpenTelemetry's SDK has them. */
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
  /** Of traces that are kept, for the samplers that go by it: 0 to 1. */
  readonly ratio: number;
  /** How spans are gathered and sent; what is absent is as OpenTelemetry has it. */
  readonly batching: {
    readonly scheduledDelayMillis?: number;
    readonly maxQueueSize?: number;
    readonly maxExportBatchSize?: number;
    readonly exportTimeoutMillis?: number;
  };
}

/** What the environment asks for: traces when an endpoint or the exporter is named; undefined when not, or when it is switched off. */
export function readTraceConfig(env: Environment): {
  readonly config?: TraceConfig;
  readonly warnings: string[];
} {
  const exporter = env['OTEL_TRACES_EXPORTER'];
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const isOff = env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || exporter === 'none';
  if (isOff || (!exporter && !endpoint)) return { warnings: [] };
  if (exporter && exporter !== 'otlp') {
    return { warnings: [`OTEL_TRACES_EXPORTER=${exporter}: traces go out by otlp, or not at all`] };
  }
  const warnings: string[] = [];
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'];
  if (protocol === 'grpc') warnings.push('OTEL_EXPORTER_OTLP_PROTOCOL=grpc: traces go out over HTTP, as JSON');
  const samplerName = env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on';
  const sampler = SAMPLERS.find((name) => name === samplerName);
  if (!sampler) warnings.push(`OTEL_TRACES_SAMPLER=${samplerName}: not known, all traces are kept`);
  const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] || 1);
  const isRatio = ratio >= 0 && ratio <= 1;
  if (!isRatio) warnings.push(`OTEL_TRACES_SAMPLER_ARG=${env['OTEL_TRACES_SAMPLER_ARG']}: not from 0 to 1, taken as 1`);
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
