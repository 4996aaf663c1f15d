/** The built program on a data directory that it cannot have: it says what to do, and ends with 1. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTempDirectory } from '../support/temp-directory.js';
import { runService, startService } from '../support/service.js';

it('with a data directory that cannot be made says what to do and ends with 1', async () => {
  const file = join(createTempDirectory(), 'file');
  writeFileSync(file, '');
  const { ended, output } = runService({ DATA_DIR: join(file, 'data') });
  expect(await ended).toBe(1);
  expect(output()).toContain('set DATA_DIR to one that can be written');
  expect(output()).not.toMatch(/^\s+at /m);
});

it('on the data directory of another process says so and ends with 1, and the other goes on', async () => {
  const env = { DATA_DIR: createTempDirectory() };
  const first = await startService(env);
  const { ended, output } = runService(env);
  expect(await ended).toBe(1);
  expect(output()).toContain('is in use by another Tallyboard process: stop that one first');
  expect(output()).not.toMatch(/^\s+at /m);
  expect((await fetch(`${first.url}/order`, { method: 'POST' })).status).toBe(200);
  expect(await first.stop()).toBe(0);
});
