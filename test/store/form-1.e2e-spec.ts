/** Data of the first form, from before keys had owners: values, ledger, history and replays stay as they were. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS } from '../../src/store/sqlite/schema.js';
import { createCaller } from '../support/api-client.js';
import { runCommand } from '../support/cli-process.js';
import { createRecordedClock, readFixture, readRecording, unpackDataDirectory } from '../support/form-1.js';
import { createMemoryEndpoint } from '../support/memory-endpoint.js';
import { exportToText, importText } from '../support/sample-export.js';
import { type Service, startService } from '../support/service.js';
import { withDatabase } from '../support/sqlite-store.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { authorizeWith } from '../support/token-service.js';

const SECRETS = { till1: 'till1-0123456789abcdef', till2: 'till2-0123456789abcdef', admin: 'admin-0123456789abcdef' };
const RECORDING = readRecording('embedded');
const CLOCK = createRecordedClock(RECORDING);

function startOn(DATA_DIR: string): Promise<Service> {
  const WRITE_TOKENS = `till1:${SECRETS.till1},till2:${SECRETS.till2}`;
  return startService({ DATA_DIR, WRITE_TOKENS, ADMIN_TOKENS: `admin:${SECRETS.admin}`, ...CLOCK });
}

async function expectRecorded({ url }: Service): Promise<void> {
  const call = createCaller(url);
  const read = async (path: string) => (await call(`GET ${path}`, undefined, authorizeWith(SECRETS.admin))).body;
  for (const [name, { snapshot, ledger, history }] of Object.entries(RECORDING.state)) {
    expect(await read(`/dashboards/${name}`)).toEqual(snapshot);
    expect((await read(`/dashboards/${name}/changes?limit=100`)).entries).toEqual(ledger);
    for (const [path, points] of Object.entries(history)) expect(await read(path)).toMatchObject(points);
  }
}

/** Sends every recorded request with a key again, as each of the tills: the keys belong to everybody. */
async function expectReplays({ url }: Service): Promise<void> {
  const call = createCaller(url);
  for (const { method, path, body, key, status, outcome, detail } of RECORDING.requests) {
    if (key === undefined) continue;
    for (const till of ['till1', 'till2'] as const) {
      const headers = { ...authorizeWith(SECRETS[till]), 'Idempotency-Key': key, Accept: 'application/json' };
      const answer = await call(`${method} ${path}`, body, headers);
      expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([status, 'true']);
      expect(answer.body).toMatchObject(outcome ? { ...outcome, replayed: true } : { detail });
    }
  }
}

/** Sends one new key as each of the tills: from now on keys have owners. */
async function expectOwners({ url }: Service): Promise<void> {
  const call = createCaller(url);
  const order = async (till: 'till1' | 'till2') =>
    (await call('POST /order', undefined, { ...authorizeWith(SECRETS[till]), 'Idempotency-Key': 'new' })).headers.get(
      'idempotent-replayed',
    );
  expect([await order('till1'), await order('till2'), await order('till1')]).toEqual([null, null, 'true']);
}

/** Undoes what was booked before undo was there. An entry that set a value does not say by how much it moved. */
async function expectUndo({ url }: Service): Promise<void> {
  const undo = async (dashboard: string, undoes: number) =>
    (await createCaller(url)(`POST /dashboards/${dashboard}/changes`, { undoes }, authorizeWith(SECRETS.till1))).body;
  const { revision } = await undo('main', 1);
  expect(await undo('main', 1)).toMatchObject({ detail: `revision 1 was undone by revision ${revision}` });
  expect((await undo('shop', 1)).detail).toBe(
    'revision 1 cannot be undone: its entry does not say by how much sales moved',
  );
}

it('a data directory with a write-ahead log is migrated, with a copy of the file as it was', async () => {
  const directory = unpackDataDirectory();
  const service = await startOn(directory);
  await expectRecorded(service);
  await expectReplays(service);
  await expectRecorded(service);
  await expectOwners(service);
  const copy = join(directory, 'tallyboard.db.schema-2');
  expect(service.output()).toContain(`is migrated from schema 2 to ${MIGRATIONS.length}`);
  expect(existsSync(copy)).toBe(true);
  await service.kill();
  const again = await startOn(directory);
  await expectReplays(again);
  await expectUndo(again);
  expect(await again.stop()).toBe(0);
  expect(withDatabase(copy, (database) => database.pragma('user_version'))).toEqual([{ user_version: 2 }]);
});

it('a data directory of before can be checked and exported without being migrated', async () => {
  const directory = unpackDataDirectory();
  const expected = createMemoryEndpoint();
  await importText(expected, readFixture('export.ndjson').toString());
  expect(await runCommand(['check', '--data-dir', directory])).toMatchObject({ code: 0 });
  expect(await runCommand(['export', '--data-dir', directory], CLOCK)).toMatchObject({
    code: 0,
    stdout: (await exportToText(expected)).replaceAll(/"at":(\d+),"fingerprint"/g, (_, at) => {
      return `"at":${at},"keepUntil":${Number(at) + 259_200_000},"fingerprint"`;
    }),
  });
  const version = withDatabase(join(directory, 'tallyboard.db'), (database) => database.pragma('user_version'));
  expect(version).toEqual([{ user_version: 2 }]);
});

it('an export of before is imported', async () => {
  const [directory, file] = [createTempDirectory(), join(createTempDirectory(), 'export.ndjson')];
  writeFileSync(file, readFixture('export.ndjson'));
  expect(await runCommand(['import', file, '--data-dir', directory], CLOCK)).toMatchObject({ code: 0 });
  const service = await startOn(directory);
  await expectRecorded(service);
  await expectReplays(service);
  await expectOwners(service);
  const undo = { undoes: 1 };
  const answer = await createCaller(service.url)('POST /dashboards/main/changes', undo, authorizeWith(SECRETS.till1));
  expect([answer.status, answer.body.code]).toEqual([409, 'not-undoable']);
});
