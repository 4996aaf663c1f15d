/** The commands against a service that requires tokens. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from '../support/app.js';
import { runCommand, startCommand } from '../support/cli-process.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { eventually } from '../support/cleanup.js';
import { startAppBehindProxy } from '../support/tcp-proxy.js';
import { authorizeWith, defineShop, TOKEN_CONFIG, SECRETS } from '../support/token-service.js';

function writeTokenFile(text: string): string {
  const file = join(createTempDirectory(), 'token');
  writeFileSync(file, text);
  return file;
}

const readShopCounters = async (url: string) => {
  const response = await fetch(`${url}/dashboards/shop`, { headers: authorizeWith(SECRETS.reader) });
  return ((await response.json()) as { counters: Record<string, number> }).counters;
};

it('the command line changes counters with the token of a file or variable, and watches with a ticket', async () => {
  const { url, proxy } = await startAppBehindProxy(TOKEN_CONFIG);
  await defineShop(url);
  const onShop = ['--dashboard', 'shop'];
  const watching = startCommand(['watch', proxy.url, ...onShop, '--token-file', writeTokenFile(`${SECRETS.reader}\n`)]);
  await eventually(() => watching.stdout().includes('"sales":0'));
  expect(await runCommand(['add', url, 'sales', '3', ...onShop], { TALLYBOARD_TOKEN: SECRETS.clerk })).toEqual({
    code: 0,
    stdout: 'sales 3 (revision 1)\n',
    stderr: '',
  });
  const remove = ['remove', url, 'sales', ...onShop, '--token-file', writeTokenFile(SECRETS.shopClerk)];
  expect((await runCommand(remove)).stdout).toBe('sales 2 (revision 2)\n');
  await eventually(() => watching.stdout().includes('"sales":2'));
  watching.child.kill('SIGTERM');
  expect([await watching.ended, await readShopCounters(url), watching.stderr()]).toEqual([0, { sales: 2 }, 'live\n']);
  expect(proxy.allConnections.filter(({ sent }) => /\?ticket=[^]*\r\nupgrade: websocket/i.test(sent))).toHaveLength(1);
});

it('a demo with an admin token creates its dashboard and counts', async () => {
  const { url } = await startApp(TOKEN_CONFIG);
  const args = ['demo', url, '--dashboard', 'shop', '--speed', 'max', '--hours', '1', '--json'];
  const { code, stdout } = await runCommand(args, { TALLYBOARD_TOKEN: SECRETS.admin });
  expect(code).toBe(0);
  const { counters } = JSON.parse(stdout) as { counters: Record<string, { added: number; removed: number }> };
  const sums = Object.entries(counters).map(([name, { added, removed }]) => [name, added - removed]);
  expect(await readShopCounters(url)).toEqual(Object.fromEntries(sums));
});

const TOKEN_REMEDY = 'Pass a valid token: name its file with --token-file, or set TALLYBOARD_TOKEN.\n';

describe('is refused with advice and exits with 1:', () => {
  it.each([
    ['watch without a token', ['watch'], '', `refused: a token with the right "read" is required\n${TOKEN_REMEDY}`],
    [
      'add with an unknown token',
      ['add', 'orders'],
      'nobody',
      `refused: the token is not known to this service\n${TOKEN_REMEDY}`,
    ],
    [
      'watch with an unknown token',
      ['watch'],
      'nobody',
      `refused: the token is not known to this service\n${TOKEN_REMEDY}`,
    ],
    [
      'remove with a token that may only read',
      ['remove', 'orders'],
      SECRETS.reader,
      'refused: the token lacks the right "write" for dashboard main\nUse a token with the right named in `detail`: READ_TOKENS, WRITE_TOKENS and ADMIN_TOKENS of the service list them.\n',
    ],
    ['demo without a token', ['demo'], '', `refused: a token with the right "read" is required\n${TOKEN_REMEDY}`],
  ])('%s', async (_, [command = '', ...args], token, stderr) => {
    const { url } = await startApp(TOKEN_CONFIG);
    expect(await runCommand([command, url, ...args], { TALLYBOARD_TOKEN: token })).toEqual({
      code: 1,
      stdout: '',
      stderr,
    });
  });
});

it('a string that cannot be a token is neither sent nor printed', async () => {
  const { url } = await startApp(TOKEN_CONFIG);
  const file = writeTokenFile('secret one\nsecret two\n');
  const { code, stderr } = await runCommand(['add', url, 'orders', '--token-file', file]);
  expect([code, stderr]).toEqual([
    2,
    `no valid token in ${file}: a token must be visible ASCII characters without spaces\n`,
  ]);
  const fromVariable = await runCommand(['watch', url], { TALLYBOARD_TOKEN: 'secret one' });
  expect([fromVariable.code, fromVariable.stderr]).toEqual([
    2,
    expect.stringMatching(/^no valid token in TALLYBOARD_TOKEN: /),
  ]);
  expect(stderr + fromVariable.stderr).not.toContain('secret');
});
