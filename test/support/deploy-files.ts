/** What runs the service, read as data: the Dockerfile, compose.yaml, and the manifests under deploy/kubernetes. */
import { spawnSync } from 'node:child_process';
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { VARIABLES } from '../../src/config/config.js';
import { loadConfig, type LoadedConfig } from '../../src/config/load-config.js';
import { createTempDirectory } from './temp-directory.js';
import { readProjectFile } from './markdown.js';

export const MANIFESTS = 'deploy/kubernetes';

const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

export const KNOWN_VARIABLES: ReadonlySet<string> = new Set(VARIABLES.map(({ name }) => name));

/** An object of Kubernetes, as its file says it. */
interface Manifest {
  readonly path: string;
  readonly object: { readonly apiVersion: string; readonly kind: string };
}

/** A line of a Dockerfile, put together where it goes on below. */
interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** A YAML file of the project. Its shape is for the caller to know: the tests hold the files to their schemas. */
export function readYaml(path: string): unknown {
  return parse(readProjectFile(path), { strict: true, uniqueKeys: true, merge: true });
}

/** Every manifest, the examples too; the lists of them for `kubectl apply -k` are none. */
export function readManifests(): Manifest[] {
  return readdirSync(fileURLToPath(new URL(`../../${MANIFESTS}`, import.meta.url)), {
    recursive: true,
    encoding: 'utf8',
  })
    .filter((path) => path.endsWith('.yaml') && !path.endsWith('kustomization.yaml'))
    .map((name) => {
      const path = posix.join(MANIFESTS, ...name.split(/[\\/]/));
      return { path, object: readYaml(path) as Manifest['object'] };
    });
}

/** The one manifest of a kind; with a name, that of this name. */
export function readManifest(kind: string, name = 'tallyboard'): object {
  const matches = readManifests().filter(({ object }) => {
    const { metadata } = object as { readonly metadata?: { readonly name?: string } };
    return object.kind === kind && metadata?.name === name;
  });
  const [match] = matches;
  if (!match || matches.length > 1) throw new Error(`${matches.length} manifests are ${kind} ${name}`);
  return match.object;
}

/** The module that knows the shape of an object. */
export function toModelModule({ apiVersion, kind }: Manifest['object']): string {
  const isOperatorKind = apiVersion.startsWith('monitoring.coreos.com/');
  return `${isOperatorKind ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models'}/${apiVersion}/${kind}`;
}

/** What is no property of its object: the schemas let it pass, as the cluster does, and the types do not. */
export function findUnknownProperties(manifests: readonly Manifest[]): string[] {
  const lines = manifests.flatMap(({ path, object }, index) => [
    `// ${path}`,
    `import type { I${object.kind} as T${index} } from '${toModelModule(object)}';`,
    `export const object${index}: T${index} = ${JSON.stringify(object)};`,
  ]);
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    lib: ['es2023'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
  };
  const directory = createTempDirectory();
  symlinkSync(NODE_MODULES, join(directory, 'node_modules'));
  writeFileSync(join(directory, 'manifests.ts'), lines.join('\n'));
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['manifests.ts'] }),
  );
  // A process of its own: the compiler is 9 MB of code and needs hundreds of MB, which a worker of Jest would keep.
  const compiler = join(NODE_MODULES, 'typescript/bin/tsc');
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, '--project', directory], {
    encoding: 'utf8',
  });
  const faults = stdout.split('\n').filter((line) => line !== '');
  if (status !== 0 && faults.length === 0) throw new Error(`the compiler ended with ${status}: ${stderr}`);
  return faults;
}

/** The Dockerfile, an instruction each, without comments. */
export function readDockerfile(): Instruction[] {
  return readProjectFile('Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const [, name, text] = /^(\w+)\s+(.*)$/.exec(line.trim()) ?? [];
      return name !== undefined && text !== undefined ? [{ name, text: text.replace(/\s+/g, ' ') }] : [];
    });
}

/** What the image says of itself: the last stage, from its FROM on. */
export function readLastStage(): Instruction[] {
  const instructions = readDockerfile();
  return instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
}

/** The text of the one instruction of a name. */
export function readInstruction(instructions: readonly Instruction[], name: string): string {
  const [instruction, duplicate] = instructions.filter((each) => each.name === name);
  if (!instruction || duplicate) throw new Error(`${name} is there ${instruction ? 'more than once' : 'not at all'}`);
  return instruction.text;
}

/** The variables that the image sets. */
export function readImageEnv(): Record<string, string> {
  const words = readInstruction(readLastStage(), 'ENV').split(' ');
  return Object.fromEntries(words.map((word) => word.split('=', 2)));
}

/**
 * What the service makes of the variables of the image and of those set beside them.
 * @param secrets the text of the files that variables name, by the last part of their paths
 */
export function readDeployedConfig(
  env: Readonly<Record<string, string | undefined>>,
  secrets: Readonly<Record<string, string>>,
): LoadedConfig {
  return loadConfig({ ...readImageEnv(), ...env, ...writeSecretFiles(env, secrets) });
}

/** The variables that name files with secrets, each with a file of its own. @throws Error when one has no text */
export function writeSecretFiles(
  env: Readonly<Record<string, string | undefined>>,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  const directory = createTempDirectory();
  const fileVariables = Object.entries(env).filter(([name]) => name.endsWith('_FILE'));
  return Object.fromEntries(
    fileVariables.map(([name, path = '']) => {
      const text = secrets[posix.basename(path)];
      if (text === undefined) throw new Error(`${name}=${path} is in no secret`);
      const file = join(directory, posix.basename(path));
      writeFileSync(file, text);
      return [name, file];
    }),
  );
}
