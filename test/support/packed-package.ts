/** Packs packages of this repository, and unpacks them as an installation does. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
