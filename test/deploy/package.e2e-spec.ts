/** The packed service: half as large as its packages, without scripts, and complete: everything that it can do runs. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCommand } from '../support/cli-process.js';
import { startCollector } from '../support/otlp-collector.js';
import { startService } from '../support/service.js';
import { createTempDirectory } from '../support/temp-directory.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** With the database driver of one system. Half of what the packages take that `npm ci --omit=dev` installs. */
const MAX_BYTES = 74_000_000;
/** Packages that npm installs beside this one: the database driver, for the system. */
const DRIVER = ['libsql', '@libsql', '@neon-rs', 'detect-libc'];

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly bundleDependencies?: readonly string[];
  readonly engines?: { readonly node?: string };
  readonly scripts?: unknown;
  readonly private?: boolean;
}

const readManifest = (path: string): Manifest => JSON.parse(readFileSync(path, 'utf8')) as Manifest;
const listFiles = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((path) => join(directory, path));

let installed: string;

/** Packs the service, and unpacks it as npm does. */
beforeAll(() => {
  const directory = createTempDirectory();
  execFileSync(process.execPath, ['scripts/pack-service.mjs', directory], { cwd: ROOT });
  const [tarball = ''] = readdirSync(directory);
  const modules = join(directory, 'project', 'node_modules');
  installed = join(modules, 'tallyboard');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(directory, tarball), '-C', installed, '--strip-components', '1']);
  for (const name of DRIVER) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
});

it(`has at most ${MAX_BYTES / 1_000_000} MB, no script, and of the registry's packages needs only the driver`, () => {
  expect(readdirSync(installed).toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'node_modules', 'package.json']);
  const files = [installed, ...DRIVER.map((name) => join(installed, '..', name))].flatMap(listFiles);
  const bytes = files.map((path) => statSync(path)).reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);
  expect(bytes).toBeLessThanOrEqual(MAX_BYTES);

  const { dependencies = {}, bundleDependencies = [], ...manifest } = readManifest(join(installed, 'package.json'));
  expect(Object.keys(dependencies).filter((name) => !bundleDependencies.includes(name))).toEqual(['libsql']);
  expect([manifest.private, manifest.scripts]).toEqual([undefined, undefined]);
  const brought = files.filter((path) => path.endsWith('/package.json')).map(readManifest);
  expect(brought.length).toBeGreaterThan(100);
  expect(brought.filter(({ scripts }) => /"(pre|post)?install"/.test(JSON.stringify(scripts ?? {})))).toEqual([]);
  // A missing dependency would be fetched, with its scripts.
  const names = new Set(
    files.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1] ?? []),
  );
  const needed = brought.flatMap(({ dependencies: own = {} }) => Object.keys(own));
  expect(needed.filter((name) => !names.has(name))).toEqual([]);
  expect(brought.flatMap(({ engines }) => engines?.node ?? []).filter((range) => /^\D*2[2-9]/.test(range))).toEqual([]);
});

it('keeps the licences, and names those of what is built into the page', () => {
  expect(readFileSync(join(installed, 'node_modules/@nestjs/core/LICENSE'), 'utf8')).toContain('MIT');
  // The minifier drops the licence notices of bundled packages, so they are listed in a file.
  const notices = readFileSync(join(installed, 'dist/page/licences.md'), 'utf8').match(/^## .*/gm);
  expect(notices).toEqual([
    expect.stringMatching(/^## @preact\/signals-core - [\d.]+ \(MIT\)$/),
    expect.stringMatching(/^## @preact\/signals - [\d.]+ \(MIT\)$/),
    expect.stringMatching(/^## preact - [\d.]+ \(MIT\)$/),
    expect.stringMatching(/^## uplot - [\d.]+ \(MIT\)$/),
    '## Inter (OFL-1.1)',
  ]);
  const scripts = 'store/redis/lua';
  expect(readdirSync(join(installed, 'dist', scripts))).toEqual(readdirSync(join(ROOT, 'src', scripts)));
});

it('serves the page, the documents and the API, with its database, its telemetry and its brand', async () => {
  const collector = await startCollector();
  const { url } = await startService(
    {
      DATA_DIR: createTempDirectory(),
      LOG_FORMAT: 'pretty',
      BRAND_ACCENT: '#7a1fa2',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '20',
    },
    undefined,
    installed,
  );
  const { ended, stdout } = startCommand(['add', url, 'orders'], {}, join(installed, 'dist/cli/tallyboard.js'));
  expect([await ended, stdout()]).toEqual([0, 'orders 1 (revision 1)\n']);
  const read = async (path: string): Promise<[status: number, type: string]> => {
    const response = await fetch(new URL(path, `${url}/`));
    await response.arrayBuffer();
    return [response.status, response.headers.get('content-type')?.split(';')[0] ?? ''];
  };
  const page = await (await fetch(url)).text();
  expect(await read(/src="([^"]+)"/.exec(page)?.[1] ?? '')).toEqual([200, 'text/javascript']);
  const docs = await (await fetch(`${url}/docs`)).text();
  for (const [, path = ''] of docs.matchAll(/(?:src|href)="([^"#]+)"/g)) {
    expect([path, (await read(path))[0]]).toEqual([path, 200]);
  }
  expect(await read('openapi.json')).toEqual([200, 'application/json']);
  expect(await read('dashboards/main/counters/orders/badge.svg')).toEqual([200, 'image/svg+xml']);
  expect(await read('metrics')).toEqual([200, 'text/plain']);
  expect(await read('health/ready')).toEqual([200, 'application/json']);
  expect(await read('dashboards/main/periods?period=day&count=2')).toEqual([200, 'application/json']);
  await collector.waitForSpan('POST /dashboards/:dashboard/changes');
});
