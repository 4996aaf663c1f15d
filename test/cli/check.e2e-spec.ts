/** `tallyboard check`: finds damage in databases and backups, also beside a service, and changes nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../support/cli-process.js';
import { damageText, overwriteBytes } from '../support/damaged-file.js';
import { startService } from '../support/service.js';
import { createDatabaseFile, getDatabasePath, withDatabase } from '../support/sqlite-store.js';
import { createTempDirectory } from '../support/temp-directory.js';

it('finds nothing in a database in use and in its backup', async () => {
  const directory = await createDatabaseFile(50);
  await startService({ DATA_DIR: directory });
  expect(await runCommand(['check'], { DATA_DIR: directory })).toMatchObject({
    code: 0,
    stdout: `${getDatabasePath(directory)} has no damage\n`,
  });
  const backup = join(createTempDirectory(), 'backup.db');
  expect((await runCommand(['backup', backup, '--data-dir', directory])).code).toBe(0);
  expect(await runCommand(['check', backup])).toMatchObject({ code: 0, stdout: `${backup} has no damage\n` });
});

it('prints every damaged place, and leaves the file as it is', async () => {
  const directory = await createDatabaseFile(50);
  const file = getDatabasePath(directory);
  withDatabase(file, (database) =>
    database.exec(`UPDATE ledger SET reason = 'spoiled' WHERE revision = 7; DELETE FROM ledger WHERE revision = 9;
      UPDATE counters SET added = added + 1; PRAGMA wal_checkpoint(TRUNCATE)`),
  );
  damageText(file, 'spoiled');
  const before = readFileSync(file);
  const { code, stdout, stderr } = await runCommand(['check', '--data-dir', directory]);
  expect([code, stdout.trimEnd().split('\n')]).toEqual([
    1,
    [
      expect.stringMatching(/^row 1 of counters contradicts its history: the value is 51, the last point is 50$/),
      expect.stringMatching(/^revision 7 in the ledger of dashboard main is damaged: reason is not UTF-8/),
      expect.stringMatching(/^the ledger of dashboard main is damaged: 10 follows 8$/),
    ],
  ]);
  expect(stderr).toContain(`${file} is damaged (3 findings): restore a backup with \`tallyboard restore\`, or rebuild`);
  expect(readFileSync(file).equals(before)).toBe(true);
});

it('names a first page that is damaged, and the way to rebuild the rest', async () => {
  const directory = await createDatabaseFile(50);
  const file = getDatabasePath(directory);
  overwriteBytes(file, 0, 4_096);
  const { code, stdout, stderr } = await runCommand(['check', '--data-dir', directory]);
  expect([code, stdout]).toEqual([1, 'the first page is damaged: file is not a database\n']);
  expect(stderr).toMatch(/is damaged \(1 finding\): restore a backup .*, or rebuild .* with `tallyboard repair`\n$/);
});

it('refuses a path without a store, and a file of another program', async () => {
  const missing = join(createTempDirectory(), 'missing.db');
  expect(await runCommand(['check', missing])).toMatchObject({
    code: 1,
    stderr: `check failed: there is no store in ${missing}\n`,
  });
  const directory = await createDatabaseFile(1);
  withDatabase(getDatabasePath(directory), (database) => database.exec('PRAGMA application_id=7'));
  const { code, stderr } = await runCommand(['check', '--data-dir', directory]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/is not a Tallyboard database/)]);
});
