/**
 * `npm run pack:service [DIRECTORY]`: packs the service as it is published, into a tarball in a directory (default
 * `release`). The tarball brings the packages that run it, in the versions of the lock file and without what only
 * compilers and debuggers read: an installation then is half as large, runs no script and needs no other package than
 * the database driver, which differs between systems.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

/** Has a binary for each system: the registry's client chooses it. */
const DRIVER = 'libsql';
/** Packages that packages name and that the service does not use: a compiler, and a script that reports home. */
const UNUSED = ['typescript', '@scarf/scarf'];
/** Files that no program reads. Licences stay. */
const UNREAD_FILE = /\.(map|d\.[mc]?ts|ts|tsx|flow|markdown)$|(^|\/)(readme|changelog|history|contributing)[^/]*\.md$/i;
const UNREAD_FOLDER = /^(\.github|docs?|tests?|__tests__|coverage|bench(mark)?s?|examples?)$/;
/** Copies of the same code for other runtimes and module systems, by package. */
const OTHER_FORMS = {
  rxjs: ['src', 'dist/bundles', 'dist/esm', 'dist/esm5', 'dist/types'],
  '@opentelemetry/*': ['build/esm', 'build/esnext'],
  'class-transformer': ['bundles', 'esm5', 'esm2015'],
  'class-validator': ['bundles', 'esm5', 'esm2015'],
  'libphonenumber-js': [
    'bundle',
    'es6',
    'es6-modern',
    'min',
    'mobile',
    'source',
    'metadata.full.json',
    'metadata.mobile.json',
  ],
  'swagger-ui-dist': ['swagger-ui.js', 'swagger-ui-es-bundle.js', 'swagger-ui-es-bundle-core.js'],
};

/** Members of the manifest that are of the checkout alone. A checkout cannot be published by mistake: it is private. */
const OF_CHECKOUT = ['private', 'devDependencies', 'scripts', 'workspaces', 'overrides', 'scarfSettings'];

const [target = 'release'] = process.argv.slice(2);
const staging = mkdtempSync(join(tmpdir(), 'tallyboard-pack-'));
try {
  pack(staging, resolve(target));
} finally {
  rmSync(staging, { recursive: true, force: true });
}

function pack(directory, destination) {
  run('.', process.execPath, 'scripts/build.mjs', 'service', 'page');
  for (const name of ['package.json', 'README.md', 'LICENSE', 'dist']) {
    cpSync(name, join(directory, name), { recursive: true });
  }
  for (const path of listPackages()) {
    cpSync(path, join(directory, path), { recursive: true, filter: (file) => isOfPackage(path, file) });
    trimPackage(join(directory, path), path.split('node_modules/').at(-1));
  }
  writeManifest(directory);
  mkdirSync(destination, { recursive: true });
  run(directory, 'npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', destination);
}

function run(cwd, command, ...args) {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Lists the folders of the packages that run the service, as they are installed. */
function listPackages() {
  const options = ['--omit=dev', '--workspaces=false', '--all', '--parseable'];
  const listed = execFileSync('npm', ['ls', ...options], { encoding: 'utf8' });
  return listed
    .split('\n')
    .map((path) => relative('.', path))
    .filter((path) => path.startsWith('node_modules/') && !lstatSync(path).isSymbolicLink())
    .filter((path) => !UNUSED.some((name) => path.endsWith(`node_modules/${name}`)));
}

/** Packages inside a package are listed by themselves. */
function isOfPackage(path, file) {
  return !relative(path, file).split('/').includes('node_modules');
}

/** @param name of the package */
function trimPackage(directory, name) {
  const forms = OTHER_FORMS[name] ?? OTHER_FORMS[name.replace(/\/.*/, '/*')] ?? [];
  for (const form of forms) rmSync(join(directory, form), { recursive: true, force: true });
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const isUnread = entry.isFile()
      ? UNREAD_FILE.test(entry.name)
      : entry.parentPath === directory && UNREAD_FOLDER.test(entry.name);
    if (isUnread) rmSync(join(entry.parentPath, entry.name), { recursive: true, force: true });
  }
  const path = join(directory, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  for (const member of ['scripts', 'devDependencies']) delete manifest[member];
  for (const kind of ['dependencies', 'peerDependencies']) for (const one of UNUSED) delete manifest[kind]?.[one];
  writeFileSync(path, JSON.stringify(manifest));
}

/** Writes the manifest of the tarball: the members that an installation needs, and the packages inside. */
function writeManifest(directory) {
  const path = join(directory, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  for (const member of OF_CHECKOUT) delete manifest[member];
  manifest.bundleDependencies = Object.keys(manifest.dependencies).filter((name) => name !== DRIVER);
  const missing = manifest.bundleDependencies.find((name) => !existsSync(join(directory, 'node_modules', name)));
  if (missing !== undefined) throw new Error(`${missing} is not installed: run npm ci`);
  writeFileSync(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
}
