/** Arrows point one way: who may import whom, no cycles, one reader of the environment, files that can be read. */
import { existsSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { readProjectFile, tableOf } from './support/markdown.js';

/** The same table as in ARCHITECTURE.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  counters: [],
  protocol: [],
  demo: ['counters'],
  validation: ['counters'],
  telemetry: ['counters'],
  config: ['counters', 'validation', 'auth'],
  http: ['counters', 'config', 'telemetry'],
  store: ['counters', 'config', 'telemetry'],
  auth: ['counters', 'validation', 'config', 'http'],
  dashboard: ['counters', 'protocol', 'validation', 'telemetry', 'config', 'http', 'store', 'auth'],
  history: ['counters', 'validation', 'http', 'store', 'dashboard'],
  'api-docs': ['counters', 'protocol', 'validation', 'config', 'http', 'store', 'auth', 'dashboard'],
  ops: ['counters', 'protocol', 'telemetry', 'config', 'http', 'store', 'auth', 'dashboard'],
  'web-assets': ['counters', 'http'],
  'export-format': ['counters', 'store'],
  client: ['counters', 'protocol'],
  cli: ['client', 'counters', 'config', 'store', 'export-format', 'demo', 'main'],
  web: ['client', 'protocol'],
};
const MOST_LINES = 250;

interface Import {
  /** Path under `src`, without the ending, of who imports and of what. */
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function filesUnder(folder: string): string[] {
  const root = fileURLToPath(new URL(`../${folder}`, import.meta.url));
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.includes('node_modules'))
    .map((path) => posix.join(folder, ...path.split(/[\\/]/)));
}

/** Tests may import what they like: they are no part of the drawing. */
const isTest = (path: string): boolean => /\.(e2e-spec|redis-spec|page-spec|spec|contract)\.ts$/.test(path);
const stem = (path: string): string => path.replace(/^src\//, '').replace(/\.[jt]s$/, '');

function importsOf(path: string): Import[] {
  const { statements } = ts.createSourceFile(path, readProjectFile(path), ts.ScriptTarget.Latest);
  return statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const { moduleSpecifier } = statement;
    if (!moduleSpecifier || !ts.isStringLiteral(moduleSpecifier) || !moduleSpecifier.text.startsWith('.')) return [];
    const to = stem(posix.join(posix.dirname(path), moduleSpecifier.text));
    return [{ from: stem(path), to, typeOnly: isTypeOnly(statement) }];
  });
}

function isTypeOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  const clause = ts.isImportDeclaration(statement) ? statement.importClause : statement;
  const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause;
  const elements =
    bindings && (ts.isNamedImports(bindings) || ts.isNamedExports(bindings)) ? [...bindings.elements] : [];
  return clause?.isTypeOnly === true || (elements.length > 0 && elements.every((element) => element.isTypeOnly));
}

const sources = [...filesUnder('src'), ...filesUnder('web')].filter((path) => !isTest(path));
const imports = sources.flatMap(importsOf);
const folderOf = (path: string): string => path.split('/')[0] ?? '';

/** Whether the drawing has this arrow. Files at the root of `src` put the folders together and may import any of them. */
function isDrawn({ from, to }: Import): boolean {
  const [folder, target] = [folderOf(from), folderOf(to)];
  if (!from.includes('/') || folder === target) return true;
  return (MAY_IMPORT[folder] ?? []).some((allowed) => to === allowed || to.startsWith(`${allowed}/`));
}

/** The first way round in a circle of imports that are there at run time. */
function findCycle(): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const { from, to, typeOnly } of imports) {
      const cycle = from === file && !typeOnly ? visit(to, [...path, file]) : undefined;
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of sources) {
    const cycle = visit(stem(file), []);
    if (cycle) return cycle;
  }
  return undefined;
}

describe('the drawing', () => {
  it('is the table in ARCHITECTURE.md', () => {
    const rows = tableOf(readProjectFile('ARCHITECTURE.md'), 'Folder', 'May import');
    const words = rows.map((cells) => cells.map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word)));
    expect(words).toEqual(Object.entries(MAY_IMPORT).map(([folder, allowed]) => [[folder], allowed]));
  });

  it('has every folder of src', () => {
    const folders = sources.map(stem).filter((path) => path.includes('/'));
    expect(Object.keys(MAY_IMPORT)).toEqual(expect.arrayContaining([...new Set(folders.map(folderOf))]));
  });

  it('has every import between two folders', () => {
    expect(imports.filter((one) => !isDrawn(one))).toEqual([]);
    expect(imports.length).toBeGreaterThan(40);
  });

  it('has no circle', () => {
    expect(findCycle()).toBeUndefined();
  });
});

describe('a source file', () => {
  it('reads the environment only when it is where the service or the command line begins', () => {
    const readers = sources.filter((path) => /\bprocess\.env\b|\bfrom 'node:process'/.test(readProjectFile(path)));
    expect(readers.toSorted()).toEqual(['src/cli/tallyboard.ts', 'src/main.ts']);
  });

  const all = ['src', 'web', 'test', 'bench'].flatMap(filesUnder);

  it('opens with a sentence of purpose', () => {
    expect(all.filter((path) => !/^(#!.*\n)?\/\*\* \S[^]{10,}? \*\/\n/.test(readProjectFile(path)))).toEqual([]);
  });

  it(`has at most ${MOST_LINES} lines`, () => {
    const long = all.filter((path) => readProjectFile(path).split('\n').length - 1 > MOST_LINES);
    expect(long).toEqual([]);
  });

  it('is no barrel, and no drawer for odds and ends', () => {
    const names = all.filter((path) => /(^|\/)(index\.ts|utils?|common|helpers?|interfaces)(\/|\.ts|$)/.test(path));
    expect(names).toEqual([]);
  });
});
