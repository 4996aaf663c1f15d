/** HOOKS_FILE and the files of secrets that it names: reads them, and tells if one of them has changed. */
import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorMessage } from '../counters/errors.js';
import type { Hook } from './hook.js';
import { parseHooks } from './hook-parser.js';

/** The result of a read. Do not use the hooks if there are faults. */
export interface LoadedHooks {
  readonly hooks: ReadonlyMap<string, Hook>;
  /** A line for each fault, without secrets. */
  readonly faults: readonly string[];
  /** Paths of the files that were read, or should have been. */
  readonly paths: readonly string[];
}

/**
 * Reads the hooks. Never throws: all faults come at once.
 * @param path a relative path of `secretFiles` starts from the directory of this file
 */
export async function loadHooks(path: string): Promise<LoadedHooks> {
  const faults: string[] = [];
  const paths = [path];
  const readSecret = (file: string): string => {
    const secretPath = resolve(dirname(path), file);
    paths.push(secretPath);
    return readFileSync(secretPath, 'utf8');
  };
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return { hooks: new Map(), faults: [`cannot be read: ${errorMessage(error)}`], paths };
  }
  const content = await parseYaml(text, faults);
  const hooks = faults.length === 0 ? parseHooks(content, readSecret, faults) : new Map<string, Hook>();
  return { hooks, faults, paths };
}

/** Returns a line for each fault of HOOKS_FILE. @param path empty for none */
export async function findHooksFaults(path: string): Promise<readonly string[]> {
  if (path === '') return [];
  const { faults } = await loadHooks(path);
  return faults.map((fault) => `HOOKS_FILE=${path}: ${fault}`);
}

/** Names of the faults that people make in YAML. Others have the parser's code. */
const YAML_FAULTS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'is not indented as the lines before',
  DUPLICATE_KEY: 'has a name that the same object already has',
  MISSING_CHAR: 'lacks a character, such as a quote, a bracket or a comma',
  TAB_AS_INDENT: 'is indented with a tab: use spaces',
  MULTIPLE_DOCS: 'begins a second document',
};

/** Parses YAML, which JSON is a part of. The parser's messages quote the file, which has secrets. */
async function parseYaml(text: string, faults: string[]): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  for (const { code, pos } of document.errors)
    faults.push(`line ${lines.linePos(pos[0]).line} ${YAML_FAULTS[code] ?? `is not valid YAML (${code})`}`);
  if (faults.length > 0) return undefined;
  try {
    return document.toJS();
  } catch {
    faults.push('an alias (*name) has no anchor (&name), or there are too many: put text with a * in quotes');
    return undefined;
  }
}

/**
 * Returns a text that differs once one of the files has changed. Symbolic links are followed: Kubernetes changes a
 * mounted file by replacing a link on its way.
 */
export async function readFileVersions(paths: readonly string[]): Promise<string> {
  const versions = paths.map(async (path) => {
    try {
      const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
      return [path, ino, size, mtimeNs, ctimeNs].join();
    } catch (error) {
      return `${path} ${(error as NodeJS.ErrnoException).code ?? ''}`;
    }
  });
  return (await Promise.all(versions)).join('\n');
}
