/** The built program with a data directory that it cannot use: it prints what to do, and exits with 1. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTempDirectory } from '../support/temp-directory.js';
import { runService, startService } from '../support/service.js';

it('a data directory that cannot be created: the start fails with exit code 1 and says what to do', async () => {
  const file = join(createTempDirectory(), 'file');
  writeFileSync(file, '');
  const { ended, output } = runService({ DATA_DIR: join(file, 'data') });
  expect(await ended).toBe(1);
  expect(output()).toContain('set DATA_DIR to a writable directory');
  expect(output()).not.toMatch(/^\s+at /m);
});

it('a data directory in use: the start fails with exit code 1, and the other process continues', async () => {
  const env = { DATA_DIR: createTempDirectory() };
  const first = await startService(env);
  const { ended, output } = runService(env);
  expect(await ended).toBe(1);
  expect(output()).toContain('is in use by another Tallyboard process: stop that process');
  expect(output()).not.toMatch(/^\s+at /m);
  expect((await fetch(`${first.url}/order`, { method: 'POST' })).status).toBe(200);
  expect(await first.stop()).toBe(0);
});
