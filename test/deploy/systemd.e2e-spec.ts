/** The systemd unit is valid and hardened, and the service starts with what it sets. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.js';
import { KNOWN_VARIABLES } from '../support/deploy-files.js';
import { readProjectFile } from '../support/markdown.js';
import { startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

const UNIT = 'deploy/systemd/tallyboard.service';
/** Exposure that `systemd-analyze security` may find at most, times ten. A service without hardening has 96. */
const MAX_EXPOSURE = 20;
const PAGE = readProjectFile('docs/how-to/plain-host.md');

const settings = readProjectFile(UNIT)
  .split('\n')
  .filter((line) => /^[A-Z]/.test(line))
  .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
const listValues = (name: string): string[] => settings.filter(([each]) => each === name).map(([, value]) => value);
const parseVariables = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
const variables = parseVariables(listValues('Environment').flatMap((line) => line.split(' ')));
const [, example = ''] = /```ini\n([^]*?)```/.exec(PAGE) ?? [];

/** Runs `systemd-analyze` on the unit. Its command is replaced by one that exists here. */
function analyze(...words: readonly string[]) {
  const file = join(createTempDirectory(), 'tallyboard.service');
  writeFileSync(file, readProjectFile(UNIT).replace('/usr/local/bin/tallyboard', process.execPath));
  const { error, status, stdout, stderr } = spawnSync('systemd-analyze', [...words, file], { encoding: 'utf8' });
  if (error) throw error;
  return { status, output: `${stdout}${stderr}` };
}

/** Writes what systemd gives to the service: its data directory, and its tokens as credentials. */
function writeRuntime(): Record<string, string> {
  const directory = createTempDirectory();
  const credentials = listValues('LoadCredential').map((line) => line.split(':')[0] ?? '');
  expect(credentials).toEqual(['write-tokens', 'admin-tokens']);
  for (const [index, name] of credentials.entries())
    writeFileSync(join(directory, name), `${name}:${index}123456789abcdef\n`);
  const [state = ''] = listValues('StateDirectory');
  mkdirSync(join(directory, state));
  const resolve = (value: string) => value.replace('/var/lib', directory).replace('%d', directory);
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, resolve(value)]));
}

it('systemd finds no fault in the unit', () => {
  expect(analyze('verify', '--man=no')).toEqual({ status: 0, output: '' });
});

it('systemd finds the service hardened', () => {
  const { status, output } = analyze('security', '--offline=true', `--threshold=${MAX_EXPOSURE}`, '--no-pager');
  expect([status, output]).toEqual([0, expect.stringMatching(/Overall exposure level for tallyboard.service: [01]\./)]);
});

it('the service starts with the variables and the tokens of the unit, and keeps its data in the state directory', async () => {
  expect(variables['DATA_DIR']).toBe(`/var/lib/${listValues('StateDirectory').join()}`);
  const { stop, url } = await startService({ ...writeRuntime(), PORT: '0' });
  const define = (secret: string) =>
    fetch(`${url}/dashboards/shop`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' },
      body: '{"counters":{"sales":{}}}',
    });
  expect([(await define('0123456789abcdef')).status, (await define('1123456789abcdef')).status]).toEqual([403, 201]);
  expect(await stop()).toBe(0);
});

it('the unit and the settings of the documentation are valid, with time to stop and descriptors for all viewers', () => {
  const own = parseVariables(example.split('\n').filter((line) => line !== '' && !line.startsWith('#')));
  const { NODE_ENV, ...known } = { ...writeRuntime(), ...own };
  expect([NODE_ENV, Object.keys(own).length > 2]).toEqual(['production', true]);
  expect(Object.keys(known).filter((name) => !KNOWN_VARIABLES.has(name))).toEqual([]);
  const { config, faults, warnings } = loadConfig(known);
  expect([faults, warnings]).toEqual([[], []]);
  const [stopS, files] = ['TimeoutStopSec', 'LimitNOFILE'].map((name) => Number(listValues(name)[0]));
  expect(Number(stopS) * 1_000).toBeGreaterThan(config.READY_GRACE_MS + config.STOP_DEADLINE_MS);
  expect(files).toBeGreaterThan(config.MAX_VIEWERS);
});

it('the cron table and Litestream use the user and the directory of the unit', () => {
  const cron = readProjectFile('deploy/backup/tallyboard.cron');
  expect(cron).toContain(` * * * ${listValues('User').join()} `);
  // Cron's own PATH is shorter.
  expect(cron).toContain(`\nPATH=${dirname(listValues('ExecStart')[0] ?? '')}:`);
  for (const text of [cron, readProjectFile('deploy/backup/litestream.yml')])
    expect(text).toContain(`${variables['DATA_DIR']}`);
});
