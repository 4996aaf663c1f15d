/** Packs packages of this repository, unpacks them as an installation does, and uses them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { createTempDirectory } from './temp-directory.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Installs packages into an empty project, without their dependencies.
 * @param folders of the packages, from the root of the repository
 * @returns path of the project
 */
export function installPackages(...folders: readonly string[]): string {
  const project = join(createTempDirectory(), 'project');
  for (const folder of folders) {
    const source = join(ROOT, folder);
    const { name } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { name: string };
    const tarball = createTempDirectory();
    const packed = execFileSync('npm', ['pack', '--silent', '--json', '--pack-destination', tarball], { cwd: source });
    const [{ filename = '' } = {}] = JSON.parse(packed.toString()) as { filename?: string }[];
    const installed = join(project, 'node_modules', name);
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', join(tarball, filename), '-C', installed, '--strip-components', '1']);
  }
  return project;
}

/** Returns the sum of the sizes of all files, bytes. */
export function measureFolder(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => statSync(join(folder, path)));
  return files.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
}

/** Ways in which compilers find the types of a package, and the endings of files that import it. */
export const MODULE_RESOLUTIONS: readonly (readonly ['bundler' | 'node16' | 'nodenext', readonly string[]])[] = [
  ['bundler', ['ts']],
  ['node16', ['mts', 'cts']],
  ['nodenext', ['mts', 'cts']],
];

/**
 * Compiles files of a project, strictly.
 * @param files names and texts
 * @returns what the compiler says
 */
export function findTypeFaults(
  project: string,
  files: readonly (readonly [name: string, text: string])[],
  moduleResolution: (typeof MODULE_RESOLUTIONS)[number][0],
  compilerOptions: ts.CompilerOptions = {},
): string[] {
  for (const [name, text] of files) writeFileSync(join(project, name), text);
  const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution;
  const { options } = ts.convertCompilerOptionsFromJson({ moduleResolution, module, target: 'es2022' }, project);
  const paths = files.map(([name]) => join(project, name));
  const strict = { ...options, strict: true, noEmit: true, types: [], ...compilerOptions };
  const faults = ts.getPreEmitDiagnostics(ts.createProgram(paths, strict));
  return faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}
