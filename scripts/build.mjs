/**
 * `npm run build`: builds what has changed since it was last built, and says so. The service and the page go into
 * `dist`, the packages into their own `dist`. Arguments choose parts: `service`, `page`, `client`, `react`, `simulation`.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Digest of the inputs of each part when it was built. */
const RECORD = 'dist/.build.json';
/** Folders of `src` that the page and the client are made of too. */
const SHARED = ['client', 'counters', 'measures', 'protocol', 'retry'].map((folder) => join('src', folder));

/** Builds each of the packages. */
const PACKAGE_BUILDER = 'scripts/build-package.mjs';

/** Tests, and what a build writes beside its inputs. */
const NO_INPUT = /\/dist\/|\.spec\.ts$|\/LICENSE$/;

const PARTS = {
  service: {
    inputs: ['src', 'tsconfig.json', 'scripts/compile-service.mjs'],
    output: 'dist/main.js',
    build: async () => (await import('./compile-service.mjs')).compileService(),
  },
  page: {
    inputs: ['web', ...SHARED],
    output: 'dist/page/worker.js',
    // In this order: the first one empties the directory.
    build: () => ['web', 'web/embed', 'web/worker'].forEach(buildWithVite),
  },
  client: {
    inputs: [...SHARED, 'tsconfig.client.json', 'packages/client', 'scripts/build-client.mjs', PACKAGE_BUILDER],
    output: 'packages/client/dist/client.d.ts',
    build: async () => (await import('./build-client.mjs')).buildClient(),
  },
  react: {
    title: 'hooks of React',
    // Their types are those of the built client.
    needs: 'client',
    inputs: [...SHARED, 'packages/react', 'scripts/build-react.mjs', PACKAGE_BUILDER],
    output: 'packages/react/dist/react.d.ts',
    build: async () => (await import('./build-react.mjs')).buildReact(),
  },
  simulation: {
    inputs: ['simulation', 'scripts/compile-service.mjs'],
    output: 'dist-simulation/run.js',
    build: async () => (await import('./compile-service.mjs')).compileSimulation(),
  },
};

function buildWithVite(folder) {
  const options = ['build', '--config', `${folder}/vite.config.ts`];
  execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', ...options], { stdio: 'inherit' });
}

/** Returns a digest of names, sizes and times of files: what was built from the same ones is up to date. */
function computeDigest({ inputs }) {
  const hash = createHash('sha256');
  for (const input of [...inputs, 'package-lock.json', 'scripts/build.mjs']) {
    const paths = statSync(input).isDirectory()
      ? readdirSync(input, { recursive: true }).map((path) => join(input, path))
      : [input];
    for (const path of paths.toSorted((one, other) => (one < other ? -1 : 1))) {
      const stats = statSync(path);
      if (stats.isFile() && !NO_INPUT.test(path)) hash.update(`${path} ${stats.size} ${stats.mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

function readRecord() {
  try {
    return JSON.parse(readFileSync(RECORD, 'utf8'));
  } catch {
    return {};
  }
}

function writeRecord(record) {
  mkdirSync('dist', { recursive: true });
  writeFileSync(RECORD, `${JSON.stringify(record)}\n`);
}

async function buildPart(name) {
  const part = PARTS[name];
  const { title = name } = part;
  if (part.needs !== undefined) await buildPart(part.needs);
  const [record, digest] = [readRecord(), computeDigest(part)];
  if (record[name] === digest && existsSync(part.output)) return;
  if (!existsSync('node_modules/vite')) {
    throw new Error(
      `The ${title} must be built, and the packages that build it are not installed: run npm ci without --omit=dev, and npm run build.`,
    );
  }
  // A build that is cut off leaves nothing that counts as built.
  writeRecord({ ...record, [name]: undefined });
  const startedAt = performance.now();
  process.stderr.write(`Building the ${title} … `);
  try {
    await part.build();
  } catch (error) {
    process.stderr.write('failed\n');
    throw error;
  }
  process.stderr.write(`${((performance.now() - startedAt) / 1_000).toFixed(1)} s\n`);
  writeRecord({ ...readRecord(), [name]: digest });
}

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !Object.hasOwn(PARTS, name));
if (unknown !== undefined) {
  process.stderr.write(`Unknown part ${unknown}: choose from ${Object.keys(PARTS).join(', ')}.\n`);
  process.exit(2);
}
try {
  for (const name of chosen.length > 0 ? chosen : Object.keys(PARTS)) await buildPart(name);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
