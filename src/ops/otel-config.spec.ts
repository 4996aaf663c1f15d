/** OpenTelemetry variables: when traces are exported, and how. */
import { readTraceConfig } from './otel-config.js';

const DEFAULTS = { sampler: 'parentbased_always_on', ratio: 1, batching: {} };

it.each<[string, Readonly<Record<string, string>>, boolean]>([
  ['no variable is set', {}, false],
  ['an endpoint is set', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318' }, true],
  ['an endpoint for traces is set', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://a:4318/v1/traces' }, true],
  ['the exporter is otlp', { OTEL_TRACES_EXPORTER: 'otlp' }, true],
  ['the exporter is none', { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a' }, false],
  ['the SDK is disabled', { OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a' }, false],
  ['only the service name is set', { OTEL_SERVICE_NAME: 'a' }, false],
])('if %s (%o) traces are exported: %s', (_, env, wanted) => {
  expect(readTraceConfig(env)).toEqual({ ...(wanted && { config: DEFAULTS }), warnings: [] });
});

it('sampler, ratio and batching are read from their variables', () => {
  const { config, warnings } = readTraceConfig({
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_BSP_MAX_QUEUE_SIZE: '-1',
  });
  expect(config).toEqual({
    sampler: 'parentbased_traceidratio',
    ratio: 0.25,
    batching: { scheduledDelayMillis: 100 },
  });
  expect(warnings).toEqual([]);
});

it('each unsupported value causes a warning with its variable', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a' };
  expect(readTraceConfig({ ...endpoint, OTEL_TRACES_EXPORTER: 'zipkin' })).toEqual({
    warnings: [expect.stringMatching(/^OTEL_TRACES_EXPORTER=zipkin: /)],
  });
  const wrong = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_TRACES_SAMPLER: 'some', OTEL_TRACES_SAMPLER_ARG: '7' };
  expect(readTraceConfig({ ...endpoint, ...wrong })).toEqual({
    config: DEFAULTS,
    warnings: [
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_PROTOCOL=grpc: /),
      expect.stringMatching(/^OTEL_TRACES_SAMPLER=some: /),
      expect.stringMatching(/^OTEL_TRACES_SAMPLER_ARG=7: /),
    ],
  });
});
