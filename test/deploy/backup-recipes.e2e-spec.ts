/** The scheduled backups, run as written: each makes a checked copy of a store in use, then removes old ones. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { COMMAND_FILE } from '../support/cli-process.js';
import { readManifest } from '../support/deploy-files.js';
import { readProjectFile } from '../support/markdown.js';
import { readSnapshot, startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

const DAY_MS = 86_400_000;

/** Options and text of a script, as `sh` gets them. */
type Script = readonly [options: string, text: string];

function readCronCommand(): Script {
  const [, command = ''] = /^\d+ \d+ \* \* \* \w+ (.*)$/m.exec(readProjectFile('deploy/backup/tallyboard.cron')) ?? [];
  // Cron removes the backslashes.
  return ['-c', command.replaceAll(String.raw`\%`, '%')];
}

const readCronJobScript = (): Script =>
  readPodScript((readManifest('CronJob', 'tallyboard-backup') as ICronJob).spec?.jobTemplate.spec?.template.spec);

function readPodScript(pod: IPodSpec | undefined): Script {
  const [shell, options = '', script = ''] = pod?.containers[0]?.command ?? [];
  expect(shell).toBe('sh');
  return [options, script.replaceAll('/app/dist/cli/tallyboard.js', COMMAND_FILE)];
}

/** Runs a script with other directories. `tallyboard` is the command of this project. */
function runScript([options, script]: Script, dataDirectory: string, backups: string) {
  const programs = createTempDirectory();
  writeFileSync(join(programs, 'tallyboard'), `#!/bin/sh\nexec "${process.execPath}" "${COMMAND_FILE}" "$@"\n`, {
    mode: 0o755,
  });
  const text = script.replaceAll(/\/var\/lib\/tallyboard|\/data\b/g, dataDirectory).replaceAll('/backup', backups);
  const env = { PATH: [programs, process.env['PATH']].join(delimiter) };
  return spawnSync('sh', [options, text], { env, encoding: 'utf8' }).status;
}

it.each([
  ['the cron table', readCronCommand],
  ['the CronJob', readCronJobScript],
])('%s copies a store in use and removes copies of more than 14 days, unless it fails', async (_, read) => {
  const DATA_DIR = createTempDirectory();
  const backups = join(createTempDirectory(), 'copies');
  mkdirSync(backups);
  for (const [name, days] of [
    ['tallyboard-old.db', 16],
    ['tallyboard-new.db', 13],
    ['other.db', 99],
  ] as const) {
    writeFileSync(join(backups, name), '');
    utimesSync(join(backups, name), Date.now() / 1_000, (Date.now() - days * DAY_MS) / 1_000);
  }
  expect(runScript(read(), createTempDirectory(), backups)).not.toBe(0);
  expect(readdirSync(backups)).toContain('tallyboard-old.db');
  await startService({ DATA_DIR });
  expect(runScript(read(), DATA_DIR, backups)).toBe(0);
  const copy = expect.stringMatching(/^tallyboard-\d{4}-\d\d-\d\d-\d{6}\.db$/) as string;
  expect(readdirSync(backups).toSorted()).toEqual(['other.db', copy, 'tallyboard-new.db']);
});

it('the restore Job puts the newest copy in place of the data, unless a service uses it', async () => {
  const [DATA_DIR, backups] = [createTempDirectory(), createTempDirectory()];
  const { url, stop } = await startService({ DATA_DIR });
  const add = () => fetch(`${url}/order`, { method: 'POST' });
  await add();
  expect(runScript(readCronJobScript(), DATA_DIR, backups)).toBe(0);
  writeFileSync(join(backups, 'tallyboard-2020-01-01-030000.db'), 'an older one');
  await add();
  const restore = readPodScript((readManifest('Job', 'tallyboard-restore') as IJob).spec?.template.spec);
  expect(runScript(restore, DATA_DIR, backups)).not.toBe(0);
  await stop();
  expect(runScript(restore, DATA_DIR, backups)).toBe(0);
  expect(await readSnapshot(await startService({ DATA_DIR }))).toMatchObject({ counters: { orders: 1 } });
});
