/** HOOKS_FILE at the start, and while the service runs: it is read again, and a faulty one is refused. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from '../support/app.js';
import { runCommand } from '../support/cli-process.js';
import { eventually } from '../support/cleanup.js';
import { postToHook, writeHooksFile } from '../support/hooks.js';
import { startCollector } from '../support/otlp-collector.js';
import { createStripeRequest } from '../support/provider-requests.js';
import { runService, startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

const SECRET = 'whsec_tally-secret-one';
const NEXT_SECRET = 'whsec_tally-secret-two';

const createHook = (members: object = {}) => ({
  provider: 'stripe',
  secrets: [SECRET],
  dashboard: 'main',
  rules: [{ counter: 'orders' }],
  ...members,
});

let lastEvent = 0;
/** Sends a new event, signed with a secret. */
const send = (url: string, secret = SECRET) =>
  postToHook(url, 'shop', createStripeRequest({ id: `evt_${(lastEvent += 1)}`, secret }));
const isCounted = async (url: string, secret: string): Promise<boolean> => (await send(url, secret))[0] === 200;

describe('a changed HOOKS_FILE', () => {
  it('is read again: the rotation of a secret takes no restart and loses no event', async () => {
    const directory = createTempDirectory();
    const HOOKS_FILE = writeHooksFile({ shop: createHook() }, directory);
    const { url } = await startApp({ HOOKS_FILE });
    expect(await send(url, NEXT_SECRET)).toEqual([401, 'signature-invalid']);
    writeHooksFile({ shop: createHook({ secrets: [NEXT_SECRET, SECRET] }) }, directory);
    await eventually(() => isCounted(url, NEXT_SECRET));
    expect(await send(url, SECRET)).toEqual([200, 'counted']);
    writeHooksFile({ shop: createHook({ secrets: [NEXT_SECRET] }) }, directory);
    await eventually(async () => !(await isCounted(url, SECRET)));
    expect(await send(url, NEXT_SECRET)).toEqual([200, 'counted']);
  });

  it('is read again when Kubernetes replaces the link to a mounted directory, secrets too', async () => {
    const mount = createTempDirectory();
    const publish = (version: string, secret: string): void => {
      mkdirSync(join(mount, version));
      writeHooksFile({ shop: { ...createHook(), secrets: undefined, secretFiles: ['secret'] } }, join(mount, version));
      writeFileSync(join(mount, version, 'secret'), `${secret}\n`);
      symlinkSync(version, join(mount, '..data_tmp'));
      renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
    };
    publish('..1', SECRET);
    for (const name of ['hooks.yaml', 'secret']) symlinkSync(join('..data', name), join(mount, name));
    const { url } = await startApp({ HOOKS_FILE: join(mount, 'hooks.yaml') });
    expect(await send(url)).toEqual([200, 'counted']);
    publish('..2', NEXT_SECRET);
    await eventually(() => isCounted(url, NEXT_SECRET));
    expect(await send(url)).toEqual([401, 'signature-invalid']);
    rmSync(join(mount, '..1'), { recursive: true });
  });

  it('that is faulty is refused with every fault, and the hooks work on until it is mended', async () => {
    const directory = createTempDirectory();
    const HOOKS_FILE = writeHooksFile({ shop: createHook() }, directory);
    const service = await startService({ HOOKS_FILE });
    const readFlag = async () =>
      /^tallyboard_hooks_file_refused (\d)$/m.exec(await (await fetch(`${service.url}/metrics`)).text())?.[1];
    expect(await readFlag()).toBe('0');
    writeHooksFile({ shop: createHook({ dashboard: 'No Name', secrets: [SECRET, SECRET, SECRET] }) }, directory);
    await eventually(() => service.output().includes('is refused'));
    expect(service.output()).toContain('hooks.shop.secrets: must be a list of 1 or 2 texts');
    expect(service.output()).toContain('hooks.shop.dashboard: must be 1 to 64');
    expect(await send(service.url)).toEqual([200, 'counted']);
    expect(await readFlag()).toBe('1');
    rmSync(HOOKS_FILE);
    await eventually(() => service.output().includes('cannot be read'));
    expect(await send(service.url)).toEqual([200, 'counted']);
    writeHooksFile({ shop: createHook({ secrets: [NEXT_SECRET] }) }, directory);
    await eventually(() => isCounted(service.url, NEXT_SECRET));
    expect(await readFlag()).toBe('0');
  });
});

it('a faulty HOOKS_FILE at the start is a fault of the configuration: all faults are printed, and the exit code is 1', async () => {
  const HOOKS_FILE = writeHooksFile({ shop: createHook({ secrets: SECRET, rules: [] }), code: 7 });
  const service = runService({ HOOKS_FILE, PORT: 'none' });
  expect(await service.ended).toBe(1);
  const output = service.output();
  expect(output).toContain('Invalid configuration:');
  expect(output).toContain('PORT=none: ');
  expect(output).toContain(`HOOKS_FILE=${HOOKS_FILE}: hooks.shop.secrets: must be a list`);
  expect(output).toContain('hooks.shop.rules: must be a list with at least one entry');
  expect(output).toContain('hooks.code: must be an object');
  expect(output).not.toContain('tally-secret');
});

it('secrets are in no log line, trace, problem, metric or export', async () => {
  const directory = createTempDirectory();
  const HOOKS_FILE = writeHooksFile({ shop: createHook() }, directory);
  const collector = await startCollector();
  const env = {
    HOOKS_FILE,
    DATA_DIR: join(directory, 'data'),
    LOG_LEVEL: 'debug',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  };
  const service = await startService(env);
  await send(service.url);
  const request = createStripeRequest({ id: 'wrong', secret: NEXT_SECRET });
  const problem = await fetch(`${service.url}/hooks/shop`, { method: 'POST', ...request });
  expect(problem.status).toBe(401);
  const metrics = await fetch(`${service.url}/metrics`);
  writeFileSync(HOOKS_FILE, `hooks:\n  shop: {provider: stripe, secrets: [*${SECRET}, "${SECRET}]}`);
  await eventually(() => service.output().includes('is refused'));
  const exported = await runCommand(['export', '--data-dir', env.DATA_DIR]);
  expect(exported.stdout).toContain('hook:shop:evt_');
  expect(await service.stop()).toBe(0);
  const texts = [
    service.output(),
    await problem.text(),
    await metrics.text(),
    exported.stdout,
    collector.receivedText(),
  ];
  for (const text of texts) {
    expect(text).not.toBe('');
    expect(text).not.toContain('tally-secret');
  }
});
