/** Traces of a real process, as a collector receives them: request, applied change, and frame. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createCaller } from '../support/api-client.js';
import { startCollector } from '../support/otlp-collector.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { eventually } from '../support/cleanup.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw, watchRaw } from '../support/raw-http.js';
import { startService } from '../support/service.js';
import { watchSse } from '../support/sse-viewer.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const SERVER = 2;
const ERROR = 2;

it('a change has a span under its caller with child spans for commit and frame, and its ids are in the log', async () => {
  const collector = await startCollector();
  const { url, port, output, stop } = await startService({
    DATA_DIR: createTempDirectory(),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '20',
    OTEL_SERVICE_NAME: 'shop-counters',
    LOG_LEVEL: 'debug',
  });
  const call = createCaller(url);
  const viewer = await watchRaw(port);
  await viewer.readFrame();
  const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, 'X-Request-Id': 'r1', Authorization: 'Bearer s3cr3t' };
  expect((await call('POST /order?key=s3cr3t', undefined, headers)).status).toBe(200);
  const request = await collector.waitForSpan('POST /order');
  expect(request).toMatchObject({ traceId: TRACE, parentSpanId: PARENT, kind: SERVER });
  expect(request.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/order',
    'http.response.status_code': 200,
    'url.path': '/order',
    'url.scheme': 'http',
    'network.protocol.version': '1.1',
    'network.peer.address': '127.0.0.1',
    'tallyboard.request_id': 'r1',
  });
  expect(request.resource).toMatchObject({ 'service.name': 'shop-counters', 'service.version': expect.any(String) });
  const applied = await collector.waitForSpan('apply');
  expect(applied).toMatchObject({ traceId: TRACE, parentSpanId: request.spanId });
  const counted = { 'tallyboard.dashboard': 'main', 'tallyboard.revision': 1, 'tallyboard.change_sets': 1 };
  expect(applied.attributes).toEqual({ ...counted, 'tallyboard.replayed': false });
  const shown = await collector.waitForSpan('fan out');
  expect(shown).toMatchObject({ traceId: TRACE, parentSpanId: applied.spanId, links: [] });
  const bytes = '{"orders":1,"customers":0,"products":0}'.length + 2;
  expect(shown.attributes).toEqual({
    ...counted,
    'tallyboard.viewers': 1,
    'tallyboard.frames': 1,
    'tallyboard.bytes': bytes,
  });
  const line =
    output()
      .split('\n')
      .find((text) => text.includes('"requestId":"r1"')) ?? '{}';
  expect(JSON.parse(line)).toMatchObject({ msg: 'request completed', traceId: TRACE, spanId: request.spanId });

  await call('DELETE /product');
  await call('GET /nowhere');
  await call('GET /health/ready');
  const stream = await watchSse(`${url}/dashboard`);
  await stream.waitFor(({ messages }) => messages.length > 0);
  expect((await collector.waitForSpan('DELETE /product')).attributes).toMatchObject({
    'http.response.status_code': 400,
    'tallyboard.problem': 'nothing-to-remove',
  });
  // The span of a stream ends when the stream begins.
  await eventually(() => collector.spans.some(({ name }) => name.startsWith('GET /dashboard')));
  const lost = await collector.waitForSpan('GET');
  expect(lost).toMatchObject({
    status: { code: 0 },
    attributes: { 'url.path': '/nowhere', 'tallyboard.problem': 'unknown-route' },
  });
  expect(lost.traceId).not.toBe(TRACE);
  expect(collector.receivedText()).not.toContain('s3cr3t');
  expect(collector.receivedText()).not.toContain('health');
  stream.response.destroy();
  viewer.socket.destroy();
  expect(await stop()).toBe(0);
});

it('the last spans are sent at the end, a 503 is an error, and changes that share a frame are linked', async () => {
  const collector = await startCollector();
  const { url, port, stop } = await startService({
    STORE: 'memory',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
    OTEL_BSP_SCHEDULE_DELAY: '600000',
    MAX_VIEWERS: '1',
  });
  const call = createCaller(url);
  const viewer = await watchRaw(port);
  await viewer.readFrame();
  await call('POST /order');
  await viewer.readFrame();
  // These arrive in one piece, and so share one frame.
  const client = await connectRaw(port);
  client.send(formatRequest('POST /order').repeat(3));
  expect((await viewer.readFrame()).payload.toString()).toContain('"orders":4');
  const full = await fetch(`${url}/dashboard`, { headers: { Accept: 'text/event-stream' } });
  expect(full.status).toBe(503);
  expect(collector.getRequestCount()).toBe(0);
  viewer.socket.destroy();
  expect(await stop()).toBe(0);
  const frames = collector.spans.filter(({ name }) => name === 'fan out');
  expect(frames.map(({ links }) => links.length)).toEqual([0, 2]);
  const applied = collector.spans.filter(({ name }) => name === 'apply').map(({ spanId }) => spanId);
  expect(frames.flatMap(({ parentSpanId, links }) => [parentSpanId, ...links.map(({ spanId }) => spanId)])).toEqual(
    applied,
  );
  const refused = collector.spans.find(({ attributes }) => attributes['http.response.status_code'] === 503);
  expect(refused).toMatchObject({ status: { code: ERROR }, attributes: { 'error.type': '503' } });
});

it('a collector that never responds does not delay the shutdown, and an unavailable one is logged', async () => {
  const collector = await startCollector(false);
  const env = { STORE: 'memory', OTEL_BSP_SCHEDULE_DELAY: '20' };
  const service = await startService({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  await createCaller(service.url)('POST /order');
  await eventually(() => collector.getRequestCount() > 0);
  expect(await service.stop()).toBe(0);
  expect(service.output()).not.toContain('not shut down after');
  const away = await startService({
    ...env,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_EXPORTER_OTLP_TIMEOUT: '300',
  });
  await createCaller(away.url)('POST /order');
  await eventually(() => away.output().includes('"context":"Tracing"'));
  expect(await away.stop()).toBe(0);
});

it('OpenTelemetry is not loaded unless its variables enable it', async () => {
  const directory = createTempDirectory();
  const preload = join(directory, 'preload.mjs');
  const file = join(directory, 'loaded');
  writeFileSync(
    preload,
    `import { writeFileSync } from 'node:fs';
     import { createRequire } from 'node:module';
     const { cache } = createRequire(import.meta.url);
     process.on('exit', () => writeFileSync(${JSON.stringify(file)}, Object.keys(cache).join('\\n')));`,
  );
  const loadedWith = async (env: Readonly<Record<string, string>>): Promise<string[]> => {
    const service = await startService({
      STORE: 'memory',
      NODE_OPTIONS: `--import ${pathToFileURL(preload).href}`,
      ...env,
    });
    expect((await fetch(`${service.url}/order`, { method: 'POST' })).status).toBe(200);
    expect(await service.stop()).toBe(0);
    const names = readFileSync(file, 'utf8')
      .split('\n')
      .map((path) => /@opentelemetry\/([\w-]+)/.exec(path)?.[1]);
    return [...new Set(names)].filter((name) => name !== undefined);
  };
  // prom-client loads the API package, for exemplars.
  expect((await loadedWith({})).filter((name) => name !== 'api')).toEqual([]);
  expect(await loadedWith({ OTEL_TRACES_EXPORTER: 'otlp' })).toContain('sdk-trace');
});
