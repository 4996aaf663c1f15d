/** The commands as processes: their output and exit codes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from '../support/app.js';
import { runCommand, startCommand } from '../support/cli-process.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { eventually } from '../support/cleanup.js';
import { SECRETS, TOKEN_CONFIG } from '../support/token-service.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

/** Returns the URL of a port that nothing listens on. */
async function findClosedUrl(): Promise<string> {
  const { url, close } = await startApp();
  await close();
  return url;
}

describe('tallyboard', () => {
  it.each([[[]], [['start']]])('%j starts the service, and SIGTERM stops it with exit code 0', async (args) => {
    const { child, stdout, ended } = startCommand(args, { PORT: '0', STORE: 'memory', NO_COLOR: '1' });
    await eventually(() => /Listening on http:/.test(stdout()));
    const url = /Listening on ([^\s"]+)/.exec(stdout())?.[1];
    expect((await fetch(`${url}/order`, { method: 'POST' })).status).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('start with an invalid configuration names the variable and exits with 1', async () => {
    const { code, stderr } = await runCommand(['start'], { PORT: 'many' });
    expect([code, stderr]).toEqual([1, expect.stringContaining('PORT=many')]);
  });

  it.each(['start', 'watch', 'add', 'remove', 'define', 'demo', 'health', 'backup', 'export', 'import'])(
    '%s --help shows examples and the exit codes',
    async (command) => {
      const { code, stdout } = await runCommand([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        new RegExp(`Examples:\\n.*tallyboard ${command}[^]*Exit codes:\\n  0  success\\n  1 .*\\n  2 .*\\n  3 `),
      );
    },
  );

  it.each([
    ['an unknown command', ['wacth'], 'watch'],
    ['an unknown option', ['watch', 'http://localhost', '--jsn'], '--json'],
    ['a missing argument', ['add', 'http://localhost'], 'counter'],
    ['an argument too many', ['watch', 'http://localhost', 'orders'], 'too many'],
    ['an invalid URL', ['add', 'localhost:8082', 'orders'], 'http://127.0.0.1:8082'],
    ['an invalid amount', ['add', 'http://localhost', 'orders', '0'], 'an integer'],
    ['an invalid speed', ['demo', '--speed', 'fast'], 'or max'],
    ['an invalid time', ['demo', '--from', '25:00'], '09:00'],
    ['a past that is too long', ['demo', '--backfill', '61d'], '60d'],
    ['a missing token file', ['watch', 'http://localhost', '--token-file', '/nowhere/token'], '/nowhere/token'],
  ])('%s exits with 2 and says what is valid', async (_, args, hint) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(hint)]);
  });
});

describe('define', () => {
  it('makes a dashboard with its counters, and changes nothing that it does not name', async () => {
    const { url } = await startApp();
    const define = (...rest: readonly string[]) => runCommand(['define', url, 'shop', ...rest]);
    expect(await define('orders=Orders', 'stock=Blue = mugs', '--title', 'Our shop')).toEqual({
      code: 0,
      stdout: `shop: orders (Orders), stock (Blue = mugs)\nIts page: ${url}/#/shop\n`,
      stderr: '',
    });
    expect((await runCommand(['add', url, 'orders', '5', '--dashboard', 'shop'])).code).toBe(0);
    const { stdout } = await define('orders', 'revenue', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      title: 'Our shop',
      counters: { orders: { title: 'Orders' }, stock: { title: 'Blue = mugs' }, revenue: {} },
    });
    const shop = (await (await fetch(`${url}/dashboards/shop`)).json()) as { counters: object };
    expect(shop.counters).toEqual({ orders: 5, stock: 0, revenue: 0 });
    expect(await define('not a name')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('name') });
  });

  it('without the right says which token it needs', async () => {
    const { url } = await startApp(TOKEN_CONFIG);
    const run = (token: string) => runCommand(['define', url, 'shop', 'orders'], { TALLYBOARD_TOKEN: token });
    expect(await run(SECRETS.clerk)).toMatchObject({ code: 1, stderr: expect.stringContaining('ADMIN_TOKENS') });
    expect((await run(SECRETS.admin)).code).toBe(0);
  });
});

describe('add and remove', () => {
  it('print the outcome and exit with 0', async () => {
    const { url, dashboard } = await startApp();
    expect(await runCommand(['add', url, 'orders', '5'])).toEqual({
      code: 0,
      stdout: 'orders 5 (revision 1)\n',
      stderr: '',
    });
    const { stdout } = await runCommand(['remove', url, 'orders', '--json', '--reason', 'returned']);
    expect(JSON.parse(stdout)).toMatchObject({ dashboard: 'main', revision: 2, counters: { orders: 4 } });
    expect((await dashboard()).counters).toMatchObject({ orders: 4 });
  });

  it('count once if repeated with the same --key', async () => {
    const { url, dashboard } = await startApp();
    const args = ['add', url, 'orders', '--dashboard', 'main', '--key', 'k1'];
    expect((await runCommand(args)).stdout).toBe('orders 1 (revision 1)\n');
    expect((await runCommand(args)).stdout).toBe('orders 1 (revision 1, already counted)\n');
    expect((await dashboard()).counters).toMatchObject({ orders: 1 });
  });

  it.each([
    [['remove', 'orders'], 'no order remains to remove'],
    [['add', 'order'], 'did you mean orders?'],
    [['add', 'orders', '--dashboard', 'mian'], 'did you mean main?'],
    [['add', 'orders', '--key', 'not a key'], 'Idempotency-Key'],
  ])('%j is refused and exits with 1', async ([command = '', ...rest], detail) => {
    const { url } = await startApp();
    const { code, stdout, stderr } = await runCommand([command, url, ...rest]);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(detail)]);
  });

  it('exit with 3 if nothing listens on the port', async () => {
    const url = await findClosedUrl();
    const { code, stderr } = await runCommand(['add', url, 'orders', '--timeout', '1']);
    expect([code, stderr]).toEqual([3, expect.stringContaining(`cannot reach ${url}`)]);
  });

  it('send the token of the file, or else of the variable, in a header', async () => {
    const proxy = await startTcpProxy((await startApp()).port);
    const file = join(createTempDirectory(), 'token');
    writeFileSync(file, 'from-file\n');
    await runCommand(['add', proxy.url, 'orders'], { TALLYBOARD_TOKEN: 'from-env' });
    await runCommand(['add', proxy.url, 'orders', '--token-file', file], { TALLYBOARD_TOKEN: 'from-env' });
    const tokens = proxy.allConnections.map(({ sent }) => /^authorization: (.*)\r$/im.exec(sent)?.[1]);
    expect(tokens).toEqual(['Bearer from-env', 'Bearer from-file']);
  });
});

describe('watch', () => {
  const lines = (text: string) =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { revision: number; counters: unknown });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'prints each state as a JSON line until %s and exits with 0',
    async (signal) => {
      const { url } = await startApp();
      const { child, stdout, stderr, ended } = startCommand(['watch', url]);
      await eventually(() => stdout().includes('\n'));
      await runCommand(['add', url, 'orders', '2']);
      await eventually(() => stdout().includes('"orders":2'));
      child.kill(signal);
      expect(await ended).toBe(0);
      expect(lines(stdout())).toMatchObject([
        { dashboard: 'main', revision: 0, counters: { orders: 0 } },
        { dashboard: 'main', revision: 1, counters: { orders: 2, customers: 0, products: 0 } },
      ]);
      expect(stderr()).toBe('live\n');
    },
  );

  it('prints only the counters of --counters', async () => {
    const { url } = await startApp();
    const { stdout } = startCommand(['watch', url, '--counters', 'orders,products']);
    await eventually(() => stdout().includes('\n'));
    expect(lines(stdout())[0]?.counters).toEqual({ orders: 0, products: 0 });
  });

  it('reports that it reconnects and continues when the service is back', async () => {
    const DATA_DIR = createTempDirectory();
    const first = await startApp({ DATA_DIR, DRAIN_MS: 0 });
    const proxy = await startTcpProxy(first.port);
    const { stdout, stderr } = startCommand(['watch', proxy.url]);
    await eventually(() => stderr().includes('live'));
    await first.close();
    await eventually(() => /reconnecting in \d/.test(stderr()));
    const again = await startApp({ DATA_DIR });
    proxy.port = again.port;
    await runCommand(['add', again.url, 'orders']);
    await eventually(() => stdout().includes('"orders":1'));
    // stdout and stderr are two pipes, so their order is not fixed.
    await eventually(() => /^live\nreconnecting [^]*\nlive\n$/.test(stderr()));
  });

  it('exits with 1 if the dashboard does not exist', async () => {
    const { url } = await startApp();
    const { code, stderr } = await runCommand(['watch', url, '--dashboard', 'mian']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('did you mean main?')]);
  });

  it('exits with 3 if nothing listens on the port at the start', async () => {
    const { code, stderr } = await runCommand(['watch', await findClosedUrl()]);
    expect([code, stderr]).toEqual([3, expect.stringContaining('ECONNREFUSED')]);
  });

  it('exits with 3 and the reason if the server admits no viewer', async () => {
    const { url } = await startApp({ MAX_VIEWERS: 0 });
    const { code, stderr } = await runCommand(['watch', url]);
    expect([code, stderr]).toEqual([3, expect.stringContaining('viewers is reached')]);
  });

  it('exits with 0 when its output is closed', async () => {
    const { url } = await startApp();
    const { child, stdout, ended } = startCommand(['watch', url]);
    await eventually(() => stdout().includes('\n'));
    child.stdout.destroy();
    await runCommand(['add', url, 'orders']);
    expect(await ended).toBe(0);
  });
});
