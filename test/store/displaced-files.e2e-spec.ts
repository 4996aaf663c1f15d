/** Files of the embedded store that are removed, replaced or overwritten while the service runs. */
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backupDatabase } from '../../src/store/sqlite/backup.js';
import { createCaller } from '../support/api-client.js';
import { eventually } from '../support/cleanup.js';
import { damageText } from '../support/damaged-file.js';
import { withDatabase } from '../support/sqlite-store.js';
import { listStatuses } from '../support/recording-viewer.js';
import { runService, readSnapshot, type Service, startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { watchV1 } from '../support/websocket-viewer.js';

async function startWithOrders(orders: number) {
  const root = createTempDirectory();
  const directory = join(root, 'data');
  const service = await startService({ DATA_DIR: directory });
  const call = createCaller(service.url);
  for (let count = 0; count < orders; count += 1) expect((await call('POST /order')).status).toBe(200);
  const names = { file: join(directory, 'tallyboard.db'), directory, root, aside: join(root, 'aside') };
  return { ...names, service, call, viewer: await watchV1(service.url) };
}

/** Resolves once the service refuses changes, says that it is not ready, and has told its viewers. */
async function waitForRefusal({ call, viewer, service }: Awaited<ReturnType<typeof startWithOrders>>): Promise<void> {
  await eventually(async () => (await call('GET /health/ready')).status === 503);
  const { status, body } = await call('POST /order');
  expect([status, body]).toEqual([503, expect.objectContaining({ code: 'store-unavailable' })]);
  await viewer.waitFor(({ frames }) => listStatuses(frames).at(-1) === true);
  const ready = (await call('GET /health/ready?verbose')).body as { error: { store: { durability: object } } };
  expect(ready.error.store.durability).toMatchObject({ survives: 'no', warnings: [expect.stringMatching(/while/)] });
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  expect(metrics).toContain('\ntallyboard_store_acknowledged_durable 0\n');
}

async function waitForReady({ url }: Service): Promise<void> {
  await eventually(async () => (await fetch(`${url}/health/ready`)).status === 200);
}

const countLines = (service: Service, text: string): number => service.output().split(text).length - 1;

it.each([
  ['the database file', (names: { file: string }) => names.file],
  ['the data directory', (names: { directory: string }) => names.directory],
])('%s moved away: changes are refused until it is back, and nothing is lost', async (_, choose) => {
  const running = await startWithOrders(3);
  const { service, aside, call } = running;
  const name = choose(running);
  const { epoch } = await readSnapshot(service);
  renameSync(name, aside);
  await waitForRefusal(running);
  expect(await readSnapshot(service)).toMatchObject({ counters: { orders: 3 } });
  renameSync(aside, name);
  await waitForReady(service);
  expect((await call('POST /order')).status).toBe(200);
  await running.viewer.waitForValues({ orders: 4 });
  expect(await service.stop()).toBe(0);
  expect(countLines(service, 'store unavailable:')).toBe(1);
  expect(countLines(service, 'store available again')).toBe(1);
  const again = await startService({ DATA_DIR: running.directory });
  expect(await readSnapshot(again)).toMatchObject({ epoch, revision: 4, counters: { orders: 4 } });
});

it('the database file removed: no change is acknowledged after the refusal, and no empty store takes its place', async () => {
  const running = await startWithOrders(1);
  for (const end of ['', '-wal', '-shm']) rmSync(`${running.file}${end}`);
  await waitForRefusal(running);
  expect(existsSync(running.file)).toBe(false);
  await eventually(() => running.service.output().includes('tallyboard restore BACKUP --data-dir'));
  expect(await running.service.stop()).toBe(0);
});

it.each(['-wal', 'lock'])('the %s file removed: the store is opened anew with all of its changes', async (end) => {
  const running = await startWithOrders(2);
  const { service, file, directory } = running;
  const { epoch } = await readSnapshot(service);
  rmSync(end === 'lock' ? join(directory, 'tallyboard.lock') : `${file}${end}`);
  await eventually(() => service.output().includes('store available again'));
  await waitForReady(service);
  expect((await running.call('POST /order')).status).toBe(200);
  expect(await readSnapshot(service)).toMatchObject({ epoch, revision: 3, counters: { orders: 3 } });
  const other = runService({ DATA_DIR: directory });
  expect(await other.ended).toBe(1);
  expect(other.output()).toContain('is in use by another Tallyboard process');
  expect(await service.stop()).toBe(0);
  const again = await startService({ DATA_DIR: directory });
  expect(await readSnapshot(again)).toMatchObject({ epoch, revision: 3, counters: { orders: 3 } });
});

it('a data directory that another process took over is left to it, without a change to its counters', async () => {
  const running = await startWithOrders(2);
  renameSync(running.directory, running.aside);
  mkdirSync(running.directory);
  const other = await startService({ DATA_DIR: running.directory });
  await waitForRefusal(running);
  expect(await createCaller(other.url)('POST /order')).toMatchObject({ status: 200 });
  expect(await running.service.stop()).toBe(0);
  expect(await other.stop()).toBe(0);
  const again = await startService({ DATA_DIR: running.directory });
  expect(await readSnapshot(again)).toMatchObject({ revision: 1, counters: { orders: 1 } });
  const moved = await startService({ DATA_DIR: running.aside });
  expect(await readSnapshot(moved)).toMatchObject({ revision: 2, counters: { orders: 2 } });
});

it('the database file replaced by a backup: the service opens it with new epochs, and viewers follow', async () => {
  const running = await startWithOrders(2);
  const { service, file, root, call } = running;
  const backup = join(root, 'backup.db');
  backupDatabase(running.directory, backup);
  const { epoch } = await readSnapshot(service);
  expect((await call('PUT /dashboards/later', { counters: { a: {} } })).status).toBe(201);
  for (let count = 0; count < 5; count += 1) await call('POST /order');
  await running.viewer.waitForValues({ orders: 7 });
  renameSync(backup, file);
  await running.viewer.waitForValues({ orders: 2 });
  await waitForReady(service);
  const restored = await readSnapshot(service);
  expect(restored).toMatchObject({ revision: 2, counters: { orders: 2 } });
  expect(restored.epoch).not.toBe(epoch);
  expect((await call('GET /dashboards/later')).status).toBe(404);
  expect((await call('POST /order')).status).toBe(200);
  await running.viewer.waitForValues({ orders: 3 });
  expect(await service.stop()).toBe(0);
  const again = await startService({ DATA_DIR: running.directory });
  expect(await readSnapshot(again)).toEqual({
    ...restored,
    revision: 3,
    at: expect.any(Number),
    counters: { ...restored.counters, orders: 3 },
  });
});

it('the database file replaced: the rows of the new one are checked too', async () => {
  const { service, file, directory, root } = await startWithOrders(2);
  const readHealth = async () => (await fetch(`${service.url}/health/ready?verbose`)).text();
  await eventually(async () => (await readHealth()).includes('"check":"complete","findings":0'));
  const backup = join(root, 'backup.db');
  backupDatabase(directory, backup);
  withDatabase(backup, (database) => database.exec("UPDATE ledger SET reason = 'spoiled' WHERE revision = 2"));
  damageText(backup, 'spoiled');
  renameSync(backup, file);
  await eventually(async () => (await readHealth()).includes('"check":"complete","findings":1'));
  expect(await service.stop()).toBe(0);
});

it('the database file overwritten by a backup: changes are refused, and the next start says how to restore', async () => {
  const running = await startWithOrders(2);
  const { service, file, directory, root } = running;
  const backup = join(root, 'backup.db');
  backupDatabase(directory, backup);
  expect((await running.call('POST /order')).status).toBe(200);
  copyFileSync(backup, file);
  await waitForRefusal(running);
  expect(await service.stop()).toBe(0);
  const refused = runService({ DATA_DIR: directory });
  expect(await refused.ended).toBe(1);
  for (const name of [file, `${file}-wal`, `${file}-shm`, 'tallyboard restore BACKUP --data-dir'])
    expect(refused.output()).toContain(name);
});
