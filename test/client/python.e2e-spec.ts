/** The Python client against the real service, its own tests, its types, and the package that is built of it. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startApi } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { eventually } from '../support/cleanup.js';
import { readProjectFile } from '../support/markdown.js';
import { startProxied } from '../support/proxied-service.js';
import { PYTHON_CLIENT, runPython, startPython } from '../support/python.js';
import { type Forwarder, startAppBehindProxy, startTcpProxy } from '../support/tcp-proxy.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { authorizeWith, defineShop, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';

const EXAMPLES = fileURLToPath(new URL('../../examples/python/', import.meta.url));

const ADD_FOUR_TIMES = `
import sys, tallyboard
for _ in range(4):
    outcome = tallyboard.add(sys.argv[1], "orders", reason="test")
    print(outcome["counters"]["orders"], outcome["replayed"])
`;

const WATCH = `
import sys, tallyboard
options = dict(connect_timeout_s=0.5, stale_after_s=0.5, initial_retry_delay_s=0.05, max_retry_delay_s=0.2)
for snapshot in tallyboard.watch(sys.argv[1], on_status=lambda status: print(status.state), **options):
    print("orders", snapshot["counters"]["orders"])
`;

const CLOSE = `
import sys, threading, tallyboard
tallyboard.add(sys.argv[1], "orders", 3)
watching = tallyboard.watch(sys.argv[1])
for snapshot in watching:
    print(snapshot["counters"]["orders"])
    threading.Timer(0.05, watching.close).start()
print(watching.status.state)
`;

const REFUSALS = `
import sys, tallyboard
url, clerk, reader = sys.argv[1:]
def report(run):
    try:
        run()
    except tallyboard.RefusedError as error:
        print(error.problem["status"], error)
report(lambda: tallyboard.add(url, "orders"))
report(lambda: tallyboard.add(url, "orders", token="unknown"))
report(lambda: tallyboard.add(url, "orders", token=reader))
report(lambda: tallyboard.remove(url, "orders", token=clerk))
report(lambda: next(tallyboard.watch(url)))
report(lambda: next(tallyboard.watch(url, token="unknown")))
report(lambda: next(tallyboard.watch(url, dashboard="shops", token=reader)))
watching = tallyboard.watch(url, dashboard="shop", token=reader, initial_retry_delay_s=0.01)
print("watching", next(watching)["dashboard"])
report(lambda: next(watching))
print(watching.status.state)
`;

it('a change whose request or answer is lost, or cut off, is counted once', async () => {
  const { proxy, dashboard } = await startAppBehindProxy({ STORE: 'memory' });
  const faults: readonly [side: 'toClient' | 'toServer', fault: Forwarder][] = [
    ['toClient', (_bytes, _pass, { client }) => client.destroy()],
    ['toClient', (bytes, pass, { client }) => (pass(bytes.subarray(0, bytes.length - 10)), client.end())],
    ['toServer', (_bytes, _pass, { client }) => client.destroy()],
  ];
  const accept = proxy.accept.bind(proxy);
  proxy.accept = (client) => {
    proxy.restore();
    // Every second connection is the retry of the one before.
    const fault = faults[proxy.allConnections.length / 2];
    if (fault) proxy[fault[0]] = fault[1];
    accept(client);
  };
  expect(await runPython(['-c', ADD_FOUR_TIMES, proxy.url])).toBe('1 True\n2 True\n3 False\n4 False\n');
  expect(proxy.allConnections).toHaveLength(7);
  expect(await dashboard()).toMatchObject({ revision: 4, counters: { orders: 4 } });
});

it('a watch goes on after a cut, silence and a restart, and a change waits for the service', async () => {
  const settings = { DATA_DIR: createTempDirectory(), HEARTBEAT_MS: 200 };
  const first = await startApi(settings);
  const proxy = await startTcpProxy(first.port);
  const { stdout } = startPython(['-c', WATCH, proxy.url]);
  const sees = (text: string): Promise<void> => eventually(() => stdout().includes(text));
  const recoveries = [
    { break: () => proxy.cutAll(), status: 'reconnecting', restore: () => {} },
    { break: () => proxy.dropBytes(), status: 'stale', restore: () => proxy.restore() },
  ];
  await sees('live\norders 0\n');
  for (const [index, each] of recoveries.entries()) {
    each.break();
    await sees(`${each.status}\n`);
    each.restore();
    await first.call('POST /order');
    await sees(`live\norders ${index + 1}\n`);
  }
  await first.close();
  const connections = proxy.allConnections.length;
  const adding = runPython(['-c', ADD_FOUR_TIMES, proxy.url]);
  await eventually(() => proxy.allConnections.slice(connections).some(({ sent }) => sent.includes('POST ')));
  proxy.port = (await startApp(settings)).port;
  expect(await adding).toContain('6 False\n');
  await sees('orders 6\n');
  expect(stdout()).not.toContain('closed');
});

it('a refused token, an unknown dashboard and one that is deleted end with a clear error', async () => {
  const { url, call } = await startApi({ STORE: 'memory', ...TOKEN_CONFIG });
  await defineShop(url);
  const { stdout, stderr, ended } = startPython(['-c', REFUSALS, url, SECRETS.clerk, SECRETS.reader]);
  await eventually(() => stdout().includes('watching shop\n') || stderr() !== '');
  await call('DELETE /dashboards/shop', undefined, authorizeWith(SECRETS.admin));
  await ended;
  expect(stderr()).toBe('');
  expect(stdout().split('\n').slice(0, -1)).toEqual([
    '401 a token with the right "write" is required (token-required). Send a token by `Authorization: Bearer <token>`: READ_TOKENS, WRITE_TOKENS and ADMIN_TOKENS of the service list them.',
    expect.stringMatching(/^401 .*\(token-invalid\)\. /),
    expect.stringMatching(/^403 .*\(forbidden\)\. /),
    '400 no order remains to remove (nothing-to-remove). Send a smaller amount.',
    '401 a token with the right "read" is required (token-required). Send a token by `Authorization: Bearer <token>`: READ_TOKENS, WRITE_TOKENS and ADMIN_TOKENS of the service list them.',
    expect.stringMatching(/^401 .*\(token-invalid\)\. /),
    expect.stringMatching(/^404 there is no dashboard named shops: did you mean shop\? \(unknown-dashboard\)\. /),
    'watching shop',
    expect.stringMatching(/^404 there is no dashboard named shop \(unknown-dashboard\)\. /),
    'closed',
  ]);
});

it('TLS and the chunks of a proxy make no difference, and another thread can end a watch that waits', async () => {
  const { proxy } = await startProxied('nginx');
  const env = { SSL_CERT_FILE: proxy.certificate.certPath };
  expect(await runPython(['-c', CLOSE, proxy.url], undefined, env)).toBe('3\nclosed\n');
});

it('events and WebSockets show the last state of a storm', async () => {
  const { url, call } = await startApi({ STORE: 'memory' });
  const viewers = [
    startPython([join(EXAMPLES, 'tally.py'), 'watch', url]),
    startPython([join(EXAMPLES, 'websocket.py'), `${url.replace('http', 'ws')}/dashboards/main`]),
  ];
  const sees = (revision: number): Promise<void> =>
    eventually(() => viewers.every(({ stdout }) => stdout().includes(`revision ${revision}: {"orders": ${revision},`)));
  await sees(0);
  await Promise.all(Array.from({ length: 300 }, () => call('POST /order')));
  await sees(300);
  for (const { child } of viewers) child.kill('SIGINT');
  expect(await Promise.all(viewers.map(({ ended }) => ended))).toEqual([130, 130]);
});

describe('clients/python', () => {
  it('passes its own tests', () => runPython(['-m', 'unittest', 'discover', 'tests']));

  it('has types that hold under strict rules, those of the examples too', async () => {
    const files = ['tallyboard', 'tests', join(EXAMPLES, 'tally.py')];
    expect(await runPython(['-m', 'mypy', '--cache-dir', createTempDirectory(), ...files])).toMatch(/^Success/);
  });

  it('builds a package with its types and licence, in the version of the service', async () => {
    const directory = createTempDirectory();
    cpSync(PYTHON_CLIENT, directory, { recursive: true, dereference: true });
    await runPython(['-c', 'from setuptools.build_meta import *; build_sdist("out"); build_wheel("out")'], directory);
    const { version } = JSON.parse(readProjectFile('package.json')) as { version: string };
    const wheel = `tallyboard-${version}-py3-none-any.whl`;
    expect(readdirSync(join(directory, 'out')).toSorted()).toEqual([wheel, `tallyboard-${version}.tar.gz`]);
    const names = await runPython(['-m', 'zipfile', '--list', join(directory, 'out', wheel)]);
    expect(names).toMatch(/tallyboard\/__init__\.py[^]*tallyboard\/py\.typed[^]*LICENSE/);
  });
});
