/** The built program in a bad environment: all that is wrong on the screen at once, and exit 1. */
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { makeDirectory } from './directory.fixture.js';
import { runService, startService } from './service.fixture.js';

describe('the program', () => {
  it('with faults in its environment prints all of them and ends with 1, before it makes anything', async () => {
    const env = { PORT: '70000', STORE: 'mysql', TALLYBOARD_MAX_VIEWERS: '-5', TALLYBOARD_PROT: '1' };
    const { ended, output } = runService(env);
    expect(await ended).toBe(1);
    expect(output()).toContain('The configuration is not usable:\n');
    expect(output()).toContain('  PORT=70000: must be a whole number from 0 to 65535\n');
    expect(output()).toContain('  STORE=mysql: must be one of sqlite, redis, memory\n');
    expect(output()).toContain('  MAX_VIEWERS=-5: must be a whole number from 0 to 1000000\n');
    expect(output()).toContain('TALLYBOARD_PROT is not a variable of Tallyboard and is ignored');
    expect(output()).not.toMatch(/^\s+at /m);
  });

  it('with a misspelt variable warns of it and starts', async () => {
    const service = await startService({ STORE: 'memory', TALLYBOARD_DATADIR: '/srv' });
    expect(service.output()).toContain('did you mean TALLYBOARD_DATA_DIR?');
    expect(await service.stop()).toBe(0);
  });

  it('with a data directory that cannot be made says what to do and ends with 1', async () => {
    const file = join(makeDirectory(), 'file');
    writeFileSync(file, '');
    const { ended, output } = runService({ DATA_DIR: join(file, 'data') });
    expect(await ended).toBe(1);
    expect(output()).toContain('set DATA_DIR to one that can be written');
    expect(output()).not.toMatch(/^\s+at /m);
  });

  it('on the data directory of another process says so and ends with 1, and the other goes on', async () => {
    const env = { DATA_DIR: makeDirectory() };
    const first = await startService(env);
    const { ended, output } = runService(env);
    expect(await ended).toBe(1);
    expect(output()).toContain('is in use by another Tallyboard process: stop that one first');
    expect(output()).not.toMatch(/^\s+at /m);
    expect((await fetch(`${first.url}/order`, { method: 'POST' })).status).toBe(200);
    expect(await first.stop()).toBe(0);
  });
});
