/** Shutdown on a signal: requests in flight are completed, viewers disconnected, and no client can delay it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createTempDirectory } from '../support/temp-directory.js';
import { eventually } from '../support/cleanup.js';
import { runService, startService } from '../support/service.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw, watchRaw } from '../support/raw-http.js';
import { watchBare, watchV1 } from '../support/websocket-viewer.js';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** Stands for the module of the service: its import says so, and never ends. */
const STALLED_IMPORT = `process.stdout.write('importing\\n'); await new Promise(() => setInterval(() => {}, 60_000));`;

it('completes and stores requests in flight, and leaves no write-ahead log', async () => {
  const DATA_DIR = createTempDirectory();
  const { port, stop } = await startService({ DATA_DIR });
  const client = await connectRaw(port);
  client.send(formatRequest('POST /order').repeat(200));
  expect((await client.readResponse()).status).toBe(200);
  const ended = stop();
  let answered = 1;
  while (answered < 200 && (await client.readResponse().catch(() => ({ status: 0 }))).status === 200) answered += 1;
  expect(await ended).toBe(0);
  expect((await readdir(DATA_DIR)).filter((name) => name.endsWith('-wal'))).toEqual([]);
  const again = await startService({ DATA_DIR });
  const { counters } = (await (await fetch(`${again.url}/dashboard`)).json()) as { counters: { orders: number } };
  expect(counters.orders).toBeGreaterThanOrEqual(answered);
});

// The first process of a container would ignore the signal without a handler.
it('a signal ends a service that is still starting', async () => {
  const { child, ended, output } = runService({ DATA_DIR: createTempDirectory(), LOG_LEVEL: 'debug' });
  await eventually(() => output().includes('Starting'));
  child.kill();
  expect([await ended, output()]).toEqual([0, expect.not.stringContaining('Listening')]);
});

describe.each(SIGNALS)('%s', (signal) => {
  it('ends a service that is still importing', async () => {
    const root = createTempDirectory();
    for (const name of ['dist', 'package.json']) cpSync(name, join(root, name), { recursive: true });
    writeFileSync(join(root, 'dist/service.js'), STALLED_IMPORT);
    const { child, ended, output } = runService({ STORE: 'memory' }, undefined, root);
    await eventually(() => output().includes('importing'));
    child.kill(signal);
    expect(await ended).toBe(0);
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

it.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGHUP'],
] as const)('%s and at once %s, as by npm, the terminal or systemd, count as one', async (first, second) => {
  const { port, stop } = await startService({ STORE: 'memory' });
  await watchRaw(port);
  expect(await Promise.all([stop(first), stop(second)])).toEqual([0, 0]);
});

it('a shutdown that does not finish is ended at the deadline, with exit code 1', async () => {
  const script = `
    import http from 'node:http';
    import { shutDownOnSignals } from './dist/shutdown.js';
    const server = http.createServer().listen(0, '127.0.0.1');
    const times = { graceMs: 0, deadlineMs: 50 };
    const actions = { markStopping() {}, close: () => new Promise(() => {}), flushLog: async () => {} };
    shutDownOnSignals({ signals: ['SIGTERM'], server, ...times, ...actions });
    process.kill(process.pid, 'SIGTERM');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [output, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect([code, output]).toEqual([1, expect.stringContaining('after 50 ms')]);
});
