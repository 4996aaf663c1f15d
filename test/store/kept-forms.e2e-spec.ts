/** Data directories and exports of released forms are read by this version, and newer ones are refused unchanged. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXPORT_VERSION } from '../../src/export-format/line-format.js';
import { DATA_FORM } from '../../src/store/redis/data-form.js';
import { MIGRATIONS } from '../../src/store/sqlite/schema.js';
import { runCommand } from '../support/cli-process.js';
import { createClockVariables } from '../support/faked-clock-variables.js';
import {
  expectKeptReads,
  expectKeptReplays,
  listKeptForms,
  readKeptFile,
  readKeptRecording,
  TOKEN_VARIABLES,
  unpackKeptDirectory,
} from '../support/kept-data.js';
import { createMemoryEndpoint } from '../support/memory-endpoint.js';
import { exportToText, importText } from '../support/sample-export.js';
import { runService, startService } from '../support/service.js';
import { withDatabase } from '../support/sqlite-store.js';
import { createTempDirectory } from '../support/temp-directory.js';

const PRESENT = `${MIGRATIONS.length}-${DATA_FORM}-${EXPORT_VERSION}`;

it('data in the forms of this version is kept: npm run fixtures', () => {
  expect(listKeptForms()).toContain(PRESENT);
});

describe.each(listKeptForms())('data in the forms %s', (form) => {
  const recording = readKeptRecording(form, 'embedded');
  const clock = createClockVariables(recording.at);
  const start = (DATA_DIR: string) => startService({ DATA_DIR, ...TOKEN_VARIABLES, ...clock });

  it('a data directory with a write-ahead log is opened, with all numbers, ledgers, definitions, periods and keys', async () => {
    const directory = unpackKeptDirectory(form);
    const service = await start(directory);
    await expectKeptReads(service.url, recording);
    await expectKeptReplays(service.url, recording);
    await expectKeptReads(service.url, recording);
    expect(await service.stop()).toBe(0);
    expect(await runCommand(['check', '--data-dir', directory])).toMatchObject({ code: 0 });
    const expected = createMemoryEndpoint();
    await importText(expected, readKeptFile(form, 'embedded.ndjson').toString());
    expect(await runCommand(['export', '--data-dir', directory], clock)).toMatchObject({
      code: 0,
      stdout: await exportToText(expected),
    });
  });

  it('an export is imported, with all numbers, ledgers, definitions, periods and keys', async () => {
    const [directory, file] = [createTempDirectory(), join(createTempDirectory(), 'export.ndjson')];
    writeFileSync(file, readKeptFile(form, 'embedded.ndjson'));
    expect(await runCommand(['import', file, '--data-dir', directory], clock)).toMatchObject({ code: 0 });
    const { url } = await start(directory);
    await expectKeptReads(url, recording);
    await expectKeptReplays(url, recording);
  });
});

function hashFiles(directory: string): Record<string, string> {
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(directory, name)))
      .digest('hex');
  return Object.fromEntries(readdirSync(directory).map((name) => [name, hash(name)]));
}

/** Returns a closed data directory in the form of this version. */
async function createDirectory(): Promise<string> {
  const directory = createTempDirectory();
  const file = join(createTempDirectory(), 'export.ndjson');
  writeFileSync(file, readKeptFile(PRESENT, 'embedded.ndjson'));
  expect(await runCommand(['import', file, '--data-dir', directory])).toMatchObject({ code: 0 });
  return directory;
}

it('a data directory of a newer version is refused by the service and by commands, and is not changed', async () => {
  const directory = await createDirectory();
  const newer = MIGRATIONS.length + 1;
  withDatabase(join(directory, 'tallyboard.db'), (database) => database.exec(`PRAGMA user_version=${newer}`));
  const before = hashFiles(directory);
  const message = `was written by a newer Tallyboard (schema ${newer}, this version supports ${newer - 1}): run that version or a later one`;
  const service = runService({ DATA_DIR: directory });
  expect([await service.ended, service.output()]).toEqual([1, expect.stringContaining(message)]);
  for (const command of ['check', 'export']) {
    const { code, stderr } = await runCommand([command, '--data-dir', directory]);
    expect([command, code, stderr]).toEqual([command, 1, expect.stringContaining(message)]);
  }
  // SQLite leaves an empty log beside a file that it has only read.
  expect(hashFiles(directory)).toMatchObject(before);
});

it('an export of a newer version is refused, and the store that it was for is not changed', async () => {
  const directory = await createDirectory();
  const before = await runCommand(['export', '--data-dir', directory]);
  const file = join(createTempDirectory(), 'export.ndjson');
  const text = readKeptFile(PRESENT, 'embedded.ndjson').toString();
  const newer = EXPORT_VERSION + 1;
  writeFileSync(file, text.replace(`"version":${EXPORT_VERSION}`, `"version":${newer}`));
  const message = `the export has format version ${newer}, but this program reads up to ${newer - 1}: import it with a newer Tallyboard`;
  const { code, stderr } = await runCommand(['import', file, '--replace', '--data-dir', directory]);
  expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  expect(await runCommand(['export', '--data-dir', directory])).toMatchObject({ code: 0, stdout: before.stdout });
});
