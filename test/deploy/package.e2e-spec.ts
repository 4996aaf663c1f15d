/** The packed package: the command runs, and the page is served. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startApp } from '../support/app.js';
import { startCommand } from '../support/cli-process.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { startService } from '../support/service.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Packs the package and unpacks it like an installation, with the dependencies of this project. */
function installPackage(): string {
  const directory = createTempDirectory();
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory], { cwd: ROOT });
  const [tarball = ''] = readdirSync(directory);
  const project = join(directory, 'project');
  const installed = join(project, 'node_modules', 'tallyboard');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(directory, tarball), '-C', installed, '--strip-components', '1']);
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  return installed;
}

it('the packed package works after installation', async () => {
  const installed = installPackage();
  expect(readdirSync(installed).toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);

  const scripts = 'store/redis/lua';
  expect(readdirSync(join(installed, 'dist', scripts))).toEqual(readdirSync(join(ROOT, 'src', scripts)));

  // The minifier drops the licence notices of bundled packages, so they are listed in a file.
  const notices = readFileSync(join(installed, 'dist/page/licences.md'), 'utf8').match(/^## .*/gm);
  expect(notices).toEqual([
    expect.stringMatching(/^## @preact\/signals-core - [\d.]+ \(MIT\)$/),
    expect.stringMatching(/^## @preact\/signals - [\d.]+ \(MIT\)$/),
    expect.stringMatching(/^## eventsource-parser - [\d.]+ \(MIT\)$/),
    expect.stringMatching(/^## preact - [\d.]+ \(MIT\)$/),
    expect.stringMatching(/^## uplot - [\d.]+ \(MIT\)$/),
    '## Inter (OFL-1.1)',
  ]);

  const { url } = await startApp();
  const { ended, stdout } = startCommand(['add', url, 'orders'], {}, join(installed, 'dist/cli/tallyboard.js'));
  expect([await ended, stdout()]).toEqual([0, 'orders 1 (revision 1)\n']);

  const service = await startService({ STORE: 'memory' }, undefined, installed);
  const page = await fetch(service.url);
  const pageScript = /src="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  expect([page.status, (await fetch(new URL(pageScript, `${service.url}/`))).status]).toEqual([200, 200]);
});
