/** When traces are asked for, and how. */
import { readTraceConfig } from './otel-config.js';

const DEFAULTS = { sampler: 'parentbased_always_on', ratio: 1, batching: {} };

it.each<[string, Readonly<Record<string, string>>, boolean]>([
  ['nothing is said', {}, false],
  ['an endpoint is named', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318' }, true],
  ['an endpoint for traces is named', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://a:4318/v1/traces' }, true],
  ['the exporter is named', { OTEL_TRACES_EXPORTER: 'otlp' }, true],
  ['the exporter is none', { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a' }, false],
  ['all is disabled', { OTEL_SDK_DISABLED: 'TRUE', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a' }, false],
  ['only the name of the service is set', { OTEL_SERVICE_NAME: 'a' }, false],
])('when %s: %o gives traces: %s', (_, env, wanted) => {
  expect(readTraceConfig(env)).toEqual({ ...(wanted && { config: DEFAULTS }), warnings: [] });
});

it('takes sampler, ratio and batches as they are named', () => {
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

it('warns of what cannot be had, by name', () => {
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
