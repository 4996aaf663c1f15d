/** `tallyboard tail`: the ledger in a file exactly once, and on stdout at least once, however often it is killed. */
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DashboardService } from '../../src/dashboard/dashboard.service.js';
import { startAppBehindProxy } from '../support/tcp-proxy.js';
import { startApp } from '../support/app.js';
import { runCommand, startCommand } from '../support/cli-process.js';
import { eventually } from '../support/cleanup.js';
import { listRevisions } from '../support/ledger-reader.js';
import { computeTimeLimit, createRandom, readPositiveInteger, SEED } from '../support/rounds.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { authorizeWith, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';

const MEMORY = { STORE: 'memory' } as const;
const ROUNDS = readPositiveInteger('ROUNDS', 5);
const ENTRIES = readPositiveInteger('ENTRIES', 20_000);
/** Entries that are added at a time. */
const GROUP = 100;
/** About the size of a line, bytes. */
const LINE_BYTES = 120;

const parse = (text: string): readonly { epoch: string; revision: number }[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { epoch: string; revision: number });
const readRevisions = (file: string): number[] =>
  existsSync(file) ? parse(readFileSync(file, 'utf8')).map(({ revision }) => revision) : [];
const getSize = (file: string): number => (existsSync(file) ? statSync(file).size : 0);

async function startCounted(count: number, overrides: Parameters<typeof startApp>[0] = MEMORY) {
  const { app, url, close } = await startApp(overrides);
  const dashboards = app.get(DashboardService);
  const order = { dashboard: 'main', changes: [{ counter: 'orders', by: 1 }] };
  const add = async (more: number): Promise<void> =>
    void (await dashboards.applyAll(Array.from({ length: more }, () => order)));
  await add(count);
  return { url, close, add, file: join(createTempDirectory(), 'ledger.ndjson') };
}

const startTail = (args: readonly string[], env?: Readonly<Record<string, string>>) =>
  startCommand(['tail', ...args], env);

it(
  `killed ${ROUNDS} times under load with seed ${SEED}, it writes each of ${ENTRIES} entries once and in order`,
  async () => {
    const { url, add, file } = await startCounted(1);
    const random = createRandom(SEED);
    const load = (async () => {
      for (let added = 2; added < ENTRIES; added += GROUP) {
        await add(Math.min(GROUP, ENTRIES - added));
        // Not faster than the file grows, so that entries are added in every round.
        await eventually(() => getSize(file) >= (added * LINE_BYTES) / 2);
      }
    })();
    for (let round = 0; round < ROUNDS; round += 1) {
      const { child, ended } = startTail([url, 'main', '--out', file]);
      const size = getSize(file) + random((1.6 * ENTRIES * LINE_BYTES) / (ROUNDS + 1));
      await eventually(() => getSize(file) > Math.min(size, ENTRIES * LINE_BYTES * 0.9));
      child.kill('SIGKILL');
      await ended;
    }
    const last = startTail([url, 'main', '--out', file]);
    await load;
    // The killed ones may have written all that there was.
    await add(1);
    await eventually(() => readRevisions(file).length >= ENTRIES);
    last.child.kill('SIGINT');
    expect(await last.ended).toBe(0);
    expect(readRevisions(file)).toEqual(listRevisions(1, ENTRIES));
  },
  computeTimeLimit(ROUNDS, 10_000),
);

it('removes a line that was cut off, and goes on after the last whole one', async () => {
  const { url, add, file } = await startCounted(3);
  const first = startTail([url, '--out', file]);
  await eventually(() => readRevisions(file).length === 3);
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  const whole = readFileSync(file, 'utf8');
  appendFileSync(file, whole.slice(0, 70));
  await add(2);
  startTail([url, '--out', file]);
  await eventually(() => readRevisions(file).length >= 5);
  expect(readFileSync(file, 'utf8').startsWith(whole)).toBe(true);
  expect(readRevisions(file)).toEqual(listRevisions(1, 5));
});

it('goes on when the connection is lost, and says so', async () => {
  const { url, proxy } = await startAppBehindProxy(MEMORY);
  const order = async () => void (await fetch(`${url}/order`, { method: 'POST' }));
  const { stdout, stderr } = startTail([proxy.url]);
  for (const count of [1, 2, 3]) {
    await order();
    await eventually(() => parse(stdout()).length >= count);
    proxy.cutAll();
  }
  await eventually(() => /^reconnecting in \d\.\d s: /m.test(stderr()));
  expect(parse(stdout()).map(({ revision }) => revision)).toEqual([1, 2, 3]);
});

it('on stdout the checkpoint follows the lines, and a restart goes on after it', async () => {
  const { url, add, file } = await startCounted(500);
  const args = [url, '--checkpoint', file];
  const first = startTail(args);
  await eventually(() => getSize(file) > 0 && readFileSync(file, 'utf8').endsWith(':500\n'));
  first.child.kill('SIGKILL');
  await first.ended;
  expect(parse(first.stdout()).map(({ revision }) => revision)).toEqual(listRevisions(1, 500));
  await add(10);
  const second = startTail(args);
  await eventually(() => parse(second.stdout()).length >= 10);
  expect(parse(second.stdout()).map(({ revision }) => revision)).toEqual(listRevisions(501, 510));
});

it('ends without an error when the program that reads its output has ended', async () => {
  const { url, add } = await startCounted(5_000);
  const { child, ended, stderr } = startTail([url]);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await add(5_000);
  expect([await ended, stderr()]).toEqual([0, '']);
});

describe('refuses', () => {
  const refuse = async (...args: readonly string[]) => {
    const { code, stderr } = await runCommand(['tail', ...args]);
    return [code, stderr];
  };

  it('a file that it did not write, and a file of another history', async () => {
    const { url, file } = await startCounted(1);
    writeFileSync(file, 'a shopping list\n');
    expect(await refuse(url, '--out', file)).toEqual([
      1,
      `cannot continue ${file}: its last line is no ledger entry\n`,
    ]);
    expect(await refuse(url, '--checkpoint', file)).toEqual([1, expect.stringContaining('is no checkpoint')]);
    writeFileSync(file, `${JSON.stringify({ epoch: 'e1', revision: 7 })}\n`);
    expect(await refuse(url, '--out', file)).toEqual([
      1,
      expect.stringMatching(/^refused: main has begun another history since: .*\nBegin anew with another file, or/),
    ]);
  });

  it('both outputs, an unknown dashboard, a server that is away', async () => {
    const { url, file, close } = await startCounted(1);
    expect((await refuse(url, '--out', file, '--checkpoint', file))[0]).toBe(2);
    expect(await refuse(url, 'mein')).toEqual([1, expect.stringContaining('there is no dashboard named mein')]);
    await close();
    expect(await refuse(url)).toEqual([3, expect.stringContaining('cannot reach')]);
  });
});

it('sends the token, and filters by counter and actor', async () => {
  const { url } = await startApp({ ...MEMORY, ...TOKEN_CONFIG });
  const post = (path: string, token: string) => fetch(url + path, { method: 'POST', headers: authorizeWith(token) });
  await post('/order', SECRETS.admin);
  await post('/order', SECRETS.clerk);
  await post('/product', SECRETS.clerk);
  expect((await runCommand(['tail', url])).code).toBe(1);
  const { stdout } = startTail([url, '--counters', 'orders', '--who', 'clerk'], { TALLYBOARD_TOKEN: SECRETS.reader });
  await eventually(() => parse(stdout()).length > 0);
  expect(parse(stdout())).toMatchObject([{ revision: 2, who: 'clerk' }]);
});
