/** The built program with an invalid configuration: prints every fault at once and exits with 1. */
import { runService, startService } from '../support/service.js';

describe('the program', () => {
  it('prints every invalid variable and exits with 1 before it creates anything', async () => {
    const env = { PORT: '70000', LOG_LEVEL: 'loud', TALLYBOARD_MAX_VIEWERS: '-5', TALLYBOARD_PROT: '1' };
    const { ended, output } = runService(env);
    expect(await ended).toBe(1);
    expect(output()).toContain('Invalid configuration:\n');
    expect(output()).toContain('  PORT=70000: must be an integer from 0 to 65535\n');
    expect(output()).toContain('  LOG_LEVEL=loud: must be one of error, warn, info, debug\n');
    expect(output()).toContain('  MAX_VIEWERS=-5: must be an integer from 0 to 1000000\n');
    expect(output()).toContain('TALLYBOARD_PROT is ignored: Tallyboard has no such variable');
    expect(output()).not.toMatch(/^\s+at /m);
  });

  it('warns of a misspelt variable and starts', async () => {
    const service = await startService({ STORE: 'memory', TALLYBOARD_DATADIR: '/srv' });
    expect(service.output()).toContain('did you mean TALLYBOARD_DATA_DIR?');
    expect(await service.stop()).toBe(0);
  });
});
