/**
 * The source tree follows ARCHITECTURE.md: allowed imports, one reader of the environment, and size and names of files.
 */
import { existsSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readProjectFile, readTable } from './support/markdown.js';

/** The table in ARCHITECTURE.md, in the same order. `main` is the file `src/main.ts`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[] | 'all above'>> = {
  counters: [],
  measures: ['counters'],
  protocol: [],
  ndjson: [],
  retry: [],
  demo: ['counters'],
  validation: ['counters'],
  telemetry: ['counters'],
  config: ['counters', 'measures', 'validation'],
  clock: ['config'],
  http: ['counters', 'validation', 'config', 'telemetry'],
  csv: ['http'],
  client: ['counters', 'measures', 'protocol', 'retry'],
  store: ['counters', 'measures', 'protocol', 'retry', 'config', 'telemetry', 'clock', 'client'],
  auth: ['counters', 'validation', 'config', 'http', 'clock'],
  dashboard: [
    'counters',
    'measures',
    'protocol',
    'ndjson',
    'validation',
    'telemetry',
    'config',
    'clock',
    'http',
    'csv',
    'store',
    'auth',
  ],
  history: ['counters', 'measures', 'validation', 'clock', 'http', 'csv', 'store', 'dashboard'],
  hooks: ['counters', 'measures', 'validation', 'telemetry', 'config', 'clock', 'http', 'store', 'auth', 'dashboard'],
  rules: ['counters', 'measures', 'validation', 'telemetry', 'config', 'clock', 'http', 'store', 'auth', 'dashboard'],
  relay: ['counters', 'http', 'store', 'auth'],
  'api-docs': 'all above',
  ops: 'all above',
  workers: ['config', 'auth', 'ops'],
  'web-assets': ['counters', 'config', 'http'],
  'export-format': ['counters', 'measures', 'ndjson', 'store'],
  cli: ['client', 'counters', 'measures', 'retry', 'config', 'store', 'export-format', 'hooks', 'demo', 'main'],
  web: ['client', 'measures', 'protocol', 'demo'],
  packages: ['client', 'measures'],
};
/** Each adapter of the store knows the port and `in-process`, and none of the others. */
const STORE_ADAPTERS = ['memory', 'sqlite', 'redis', 'upstream'];
const MAX_LINES = 400;
const MAX_COMMENT_COLUMNS = 120;

interface SourceImport {
  /** Paths without `src/` and ending. */
  readonly from: string;
  readonly to: string;
}

function listFiles(folder: string): string[] {
  const root = fileURLToPath(new URL(`../${folder}`, import.meta.url));
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !/(^|\/)(node_modules|dist)\//.test(path))
    .map((path) => posix.join(folder, ...path.split(/[\\/]/)));
}

/** Tests may import anything: they are not part of the architecture. */
const isTest = (path: string): boolean => /\.(spec|contract)\.ts$/.test(path);
const toModulePath = (path: string): string => path.replace(/^src\//, '').replace(/\.[jt]sx?$/, '');
const getFolder = (path: string): string => path.split('/')[0] ?? '';

/** The relative imports of a file, those of types and those at run time (`import()`) too. */
function listImports(path: string): SourceImport[] {
  const specifiers = readProjectFile(path).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g);
  return [...specifiers].map(([, specifier = '']) => ({
    from: toModulePath(path),
    to: toModulePath(posix.join(posix.dirname(path), specifier)),
  }));
}

const sources = ['src', 'web', 'packages'].flatMap(listFiles).filter((path) => !isTest(path));
const imports = sources.flatMap(listImports);
const folders = Object.keys(MAY_IMPORT);

function listAllowed(folder: string): readonly string[] {
  const allowed = MAY_IMPORT[folder] ?? [];
  return allowed === 'all above' ? folders.slice(0, folders.indexOf(folder)) : allowed;
}

/** Files at the root of `src` put the folders together and may import any of them. */
function isAllowed({ from, to }: SourceImport): boolean {
  const [folder, target] = [getFolder(from), getFolder(to)];
  return !from.includes('/') || folder === target || listAllowed(folder).includes(target);
}

describe('the table of imports', () => {
  it('is the one in ARCHITECTURE.md', () => {
    const rows = readTable(readProjectFile('ARCHITECTURE.md'), 'Folder', 'May import');
    const words = rows.map(([folder = '', allowed = '']) => [folder, allowed].map((cell) => cell.replaceAll('`', '')));
    expect(words).toEqual(
      Object.entries(MAY_IMPORT).map(([folder, allowed]) => [
        folder,
        allowed === 'all above' ? allowed : allowed.join(', '),
      ]),
    );
  });

  it('names every folder of src, and no other', () => {
    const existing = sources.map(toModulePath).filter((path) => path.includes('/'));
    expect(folders.toSorted()).toEqual([...new Set(existing.map(getFolder))].toSorted());
  });

  it('allows only imports of folders further up', () => {
    const upwards = folders.flatMap((folder, index) =>
      listAllowed(folder).filter((target) => target !== 'main' && !folders.slice(0, index).includes(target)),
    );
    expect(upwards).toEqual([]);
  });

  it('allows every import between two folders', () => {
    expect(imports.filter((one) => !isAllowed(one))).toEqual([]);
    expect(imports.length).toBeGreaterThan(400);
  });

  it('keeps the adapters of the store apart', () => {
    const adapterOf = (path: string): string | undefined =>
      STORE_ADAPTERS.find((adapter) => path.startsWith(`store/${adapter}/`));
    const crossing = imports.filter(({ from, to }) => {
      const [own, other] = [adapterOf(from), adapterOf(to)];
      return own !== undefined && other !== undefined && own !== other;
    });
    expect(crossing).toEqual([]);
  });
});

describe('the harness of tests and benchmark', () => {
  it('imports only itself and the live protocol, and therefore needs no Jest', () => {
    const targets = listFiles('test/harness').flatMap(listImports);
    expect(targets.filter(({ to }) => !/^(test\/harness|protocol)\//.test(to))).toEqual([]);
    expect(targets.length).toBeGreaterThan(0);
  });
});

describe('a source file', () => {
  it('reads the environment only in the entry points of the service and the command line', () => {
    const readers = sources.filter((path) => /\bprocess\.env\b|\bfrom 'node:process'/.test(readProjectFile(path)));
    expect(readers.toSorted()).toEqual(['src/cli/tallyboard.ts', 'src/main.ts']);
  });

  const all = ['src', 'web', 'packages', 'test', 'bench', 'simulation'].flatMap(listFiles);

  it('opens with a sentence that says what it is for', () => {
    expect(all.filter((path) => !/^(#!.*\n)?\/\*\*\s+(\* )?\S[^]{10,}?\*\/\n/.test(readProjectFile(path)))).toEqual([]);
  });

  it(`has no comment beyond ${MAX_COMMENT_COLUMNS} columns`, () => {
    const isTooLong = (line: string): boolean => line.length > MAX_COMMENT_COLUMNS && /^\s*(\/\*\*|\*|\/\/)/.test(line);
    const found = all.flatMap((path) =>
      readProjectFile(path)
        .split('\n')
        .flatMap((line, index) => (isTooLong(line) ? [`${path}:${index + 1}`] : [])),
    );
    expect(found).toEqual([]);
  });

  it(`has at most ${MAX_LINES} lines`, () => {
    const long = all.filter((path) => readProjectFile(path).split('\n').length - 1 > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('is named in kebab case, with a dot only before its role', () => {
    const roles =
      'module|controller|service|gateway|adapter|guard|interceptor|pipe|filter|decorator|decorators|query|dto|error|store|port|export|import|command|worker|metrics|server|config';
    const named = new RegExp(
      `^([a-z0-9-]+)(\\.(${roles}))?(\\.(spec|contract|e2e-spec|redis-spec|page-spec))?\\.tsx?$`,
    );
    expect(all.filter((path) => !named.test(posix.basename(path)))).toEqual([]);
  });

  it('is not a barrel, and no folder is named utils, common or helpers', () => {
    const names = all.filter((path) => /(^|\/)(index\.ts|utils?|common|helpers?|interfaces)(\/|\.ts|$)/.test(path));
    expect(names).toEqual([]);
  });
});
