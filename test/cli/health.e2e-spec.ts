/** `tallyboard health` as a process, as health checks run it. */
import { startApp } from '../support/app.js';
import { runCommand } from '../support/cli-process.js';
import { eventually } from '../support/cleanup.js';
import { startService } from '../support/service.js';

it('tallyboard health reports that the service of a URL is ready and exits with 0', async () => {
  const { url } = await startApp({ BASE_PATH: '/tally' });
  expect(await runCommand(['health', `${url}/`])).toEqual({ code: 0, stdout: `${url} is ready\n`, stderr: '' });
});

it('tallyboard health without a URL checks the service that the environment configures, without a token', async () => {
  const service = await startService({
    STORE: 'memory',
    HOST: '0.0.0.0',
    BASE_PATH: '/tally',
    WRITE_TOKENS: 'till:0123456789abcdef',
  });
  const env = { HOST: '0.0.0.0', PORT: '1', TALLYBOARD_PORT: String(service.port), BASE_PATH: '/tally' };
  expect(await runCommand(['health'], env)).toEqual({
    code: 0,
    stdout: `http://127.0.0.1:${service.port}/tally is ready\n`,
    stderr: '',
  });
});

it('tallyboard health exits with 3 and prints the response of a service that is not ready', async () => {
  const service = await startService({ STORE: 'memory', READY_GRACE_MS: '600000' });
  service.child.kill('SIGTERM');
  await eventually(async () => (await fetch(`${service.url}/health/ready`)).status === 503);
  const { code, stdout, stderr } = await runCommand(['health', service.url]);
  expect([code, stdout, stderr]).toEqual([3, '', expect.stringContaining(`${service.url} is not ready: {`)]);
});

// `fetch` blocks port 1.
it.each([[{ PORT: '1' }], [{ HOST: '::', PORT: '1' }]])(
  'tallyboard health exits with 3 if nothing listens at %j',
  async (env) => {
    const { code, stderr } = await runCommand(['health'], env);
    expect([code, stderr]).toEqual([3, expect.stringContaining('ECONNREFUSED')]);
  },
);

it('tallyboard health exits with 1 if another service responds', async () => {
  const { url } = await startApp({ BASE_PATH: '/tally' });
  const { code, stderr } = await runCommand(['health', new URL('/', url).href]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('unexpected status 404')]);
});

it.each([[{ PORT: '0' }], [{ PORT: 'many' }]])(
  'tallyboard health exits with 2 if %j do not form a URL',
  async (env) => {
    expect((await runCommand(['health'], env)).code).toBe(2);
  },
);
