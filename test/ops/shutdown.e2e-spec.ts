/** Shutdown on a signal: requests in flight are completed, viewers disconnected, and no client can delay it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { createTempDirectory } from '../support/temp-directory.js';
import { eventually } from '../support/cleanup.js';
import { runService, startService } from '../support/service.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw, watchRaw } from '../support/raw-http.js';
import { watchBare, watchV1 } from '../support/websocket-viewer.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

describe.each(SIGNALS)('%s', (signal) => {
  it('completes and stores requests in flight, and leaves no write-ahead log', async () => {
    const DATA_DIR = createTempDirectory();
    const { port, stop } = await startService({ DATA_DIR });
    const client = await connectRaw(port);
    client.send(formatRequest('POST /order').repeat(200));
    expect((await client.readResponse()).status).toBe(200);
    const ended = stop(signal);
    let answered = 1;
    while (answered < 200 && (await client.readResponse().catch(() => ({ status: 0 }))).status === 200) answered += 1;
    expect(await ended).toBe(0);
    expect((await readdir(DATA_DIR)).filter((name) => name.endsWith('-wal'))).toEqual([]);
    const again = await startService({ DATA_DIR });
    const { counters } = (await (await fetch(`${again.url}/dashboard`)).json()) as { counters: { orders: number } };
    expect(counters.orders).toBeGreaterThanOrEqual(answered);
  });

  it('disconnects viewers with 1012, and tells those of tallyboard.v1 when to reconnect', async () => {
    const { url, stop } = await startService({ STORE: 'memory', DRAIN_MS: '700' });
    const [bare, v1] = [await watchBare(url), await watchV1(url)];
    const ended = stop(signal);
    await bare.waitFor(({ closed }) => closed !== undefined);
    await v1.waitFor(({ closed }) => closed !== undefined);
    expect([bare.closed?.code, v1.closed?.code]).toEqual([1_012, 1_012]);
    expect(v1.last).toEqual({ type: 'reconnect', afterMs: expect.any(Number) });
    expect(await ended).toBe(0);
  });

  // The first process of a container would ignore the signal without a handler.
  it('ends a service that is still starting', async () => {
    const { child, ended, output } = runService({ DATA_DIR: createTempDirectory(), LOG_LEVEL: 'debug' });
    await eventually(() => output().includes('Starting'));
    child.kill(signal);
    expect([await ended, output()]).toEqual([0, expect.not.stringContaining('Listening')]);
  });
});

it('no client can delay the shutdown: silent viewers, half a request, an idle connection', async () => {
  const { port, stop } = await startService({ STORE: 'memory' });
  await watchRaw(port);
  const [half, idle] = [await connectRaw(port), await connectRaw(port)];
  half.send('POST /order HTTP/1.1\r\nHost:');
  idle.send(formatRequest('POST /order'));
  await idle.readResponse();
  expect(await stop()).toBe(0);
  await half.waitForClose();
  await idle.waitForClose();
});

it('a second signal ends the process at once, with exit code 1', async () => {
  const { port, stop } = await startService({ STORE: 'memory' });
  const silent = await watchRaw(port);
  const ended = stop('SIGTERM');
  expect(await silent.readCloseCode()).toBe(1_012);
  await stop('SIGINT');
  expect(await ended).toBe(1);
});

it.each(SIGNALS)('%s sent twice at once, as by npm and the terminal, counts as one', async (signal) => {
  const { port, stop } = await startService({ STORE: 'memory' });
  await watchRaw(port);
  expect(await Promise.all([stop(signal), stop(signal)])).toEqual([0, 0]);
});

it('a shutdown that does not finish is ended at the deadline, with exit code 1', async () => {
  const script = `
    import http from 'node:http';
    import { shutDownOnSignals } from './dist/shutdown.js';
    const server = http.createServer().listen(0, '127.0.0.1');
    const options = { graceMs: 0, deadlineMs: 50, markStopping() {}, onClosed: async () => {}, flushLog: async () => {} };
    shutDownOnSignals({ getHttpServer: () => server, close: () => new Promise(() => {}) }, options);
    process.kill(process.pid, 'SIGTERM');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [output, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect([code, output]).toEqual([1, expect.stringContaining('after 50 ms')]);
});
