/** `tallyboard backup` as a process: copies, messages and exit codes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from '../support/app.js';
import { runCommand } from '../support/cli-process.js';
import { createTempDirectory } from '../support/temp-directory.js';

it.each([
  ['--data-dir', (directory: string) => ({ args: ['--data-dir', directory], env: {} })],
  ['DATA_DIR', (directory: string) => ({ args: [], env: { DATA_DIR: directory } })],
  [
    'TALLYBOARD_DATA_DIR, which wins',
    (directory: string) => ({ args: [], env: { TALLYBOARD_DATA_DIR: directory, DATA_DIR: '/nowhere' } }),
  ],
])('tallyboard backup copies the store of a running service named by %s and exits with 0', async (_, named) => {
  const DATA_DIR = createTempDirectory();
  const { url } = await startApp({ DATA_DIR });
  await runCommand(['add', url, 'orders', '3']);
  const target = createTempDirectory();
  const { args, env } = named(DATA_DIR);
  const { code, stdout, stderr } = await runCommand(['backup', join(target, 'tallyboard.db'), ...args], env);
  expect([code, stdout, stderr]).toEqual([0, expect.stringContaining(target), '']);
  const { dashboard } = await startApp({ DATA_DIR: target });
  expect((await dashboard()).counters).toMatchObject({ orders: 3 });
});

it('tallyboard backup exits with 1 and creates no file if there is no store', async () => {
  const target = join(createTempDirectory(), 'copy.db');
  const { code, stderr } = await runCommand(['backup', target, '--data-dir', createTempDirectory()]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('there is no store')]);
  expect(existsSync(target)).toBe(false);
});

it('tallyboard backup exits with 2 without a file argument', async () => {
  expect(await runCommand(['backup'])).toMatchObject({ code: 2, stdout: '' });
});
