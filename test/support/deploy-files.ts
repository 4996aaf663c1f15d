/** Parses the deployment files: the Dockerfile, YAML such as compose.yaml, and the Kubernetes manifests. */
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

/** The fields that every Kubernetes object has. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** A Kubernetes object and the file that declares it. */
interface Manifest {
  readonly path: string;
  readonly object: KubernetesObject;
}

/** A Dockerfile instruction, with continuation lines joined. */
interface Instruction {
  readonly name: string;
  readonly text: string;
}

/**
 * Parses a YAML file of the project. The caller knows its shape: separate tests validate the files by their schemas.
 */
export function readYaml(path: string): unknown {
  return parse(readProjectFile(path), { strict: true, uniqueKeys: true, merge: true });
}

/** Reads all manifests, including the examples, but not the kustomization files. */
export function readManifests(): Manifest[] {
  return readdirSync(fileURLToPath(new URL(`../../${MANIFESTS}`, import.meta.url)), {
    recursive: true,
    encoding: 'utf8',
  })
    .filter((path) => path.endsWith('.yaml') && !path.endsWith('kustomization.yaml'))
    .map((name) => {
      const path = posix.join(MANIFESTS, ...name.split(/[\\/]/));
      return { path, object: readYaml(path) as KubernetesObject };
    });
}

/** Reads the manifest of a kind and name. @throws Error unless there is exactly one */
export function readManifest(kind: string, name = 'tallyboard'): object {
  const matches = readManifests().filter(({ object }) => object.kind === kind && object.metadata?.name === name);
  const [match] = matches;
  if (!match || matches.length > 1) throw new Error(`${matches.length} manifests are ${kind} ${name}`);
  return match.object;
}

/** Validates an object by the schema of its kind. @throws Error if it is invalid, or its kind is unknown */
export async function validateObject(object: KubernetesObject): Promise<void> {
  type Models = Readonly<Record<string, new (data: object) => { validate(): void }>>;
  const Model = ((await import(toModelModule(object))) as Models)[object.kind];
  if (!Model) throw new Error(`there is no schema of ${object.kind}`);
  new Model(object).validate();
}

/** Returns the npm module that exports the type of an object. */
function toModelModule({ apiVersion, kind }: KubernetesObject): string {
  const isOperatorKind = apiVersion.startsWith('monitoring.coreos.com/');
  return `${isOperatorKind ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models'}/${apiVersion}/${kind}`;
}

/**
 * Type-checks the manifests to find unknown properties, which the schemas and the cluster accept and the types do not.
 * @returns the lines that the compiler printed
 */
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
  // In a child process: the compiler is 9 MB of code and needs hundreds of MB, which a Jest worker would never release.
  const compiler = join(NODE_MODULES, 'typescript/bin/tsc');
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, '--project', directory], {
    encoding: 'utf8',
  });
  const faults = stdout.split('\n').filter((line) => line !== '');
  if (status !== 0 && faults.length === 0) throw new Error(`tsc exited with ${status}: ${stderr}`);
  return faults;
}

/** Parses the Dockerfile into instructions, without comments. */
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

/** Returns the instructions of the Dockerfile's last stage, which becomes the image. */
export function readLastStage(): Instruction[] {
  const instructions = readDockerfile();
  return instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
}

/** Returns the text of an instruction. @throws Error unless there is exactly one of this name */
export function readInstruction(instructions: readonly Instruction[], name: string): string {
  const [instruction, duplicate] = instructions.filter((each) => each.name === name);
  if (!instruction || duplicate) throw new Error(`${name} is there ${instruction ? 'more than once' : 'not at all'}`);
  return instruction.text;
}

/** Reads the environment variables that the image sets. */
export function readImageEnv(): Record<string, string> {
  const words = readInstruction(readLastStage(), 'ENV').split(' ');
  return Object.fromEntries(words.map((word) => word.split('=', 2)));
}

/**
 * Loads the configuration from the image's variables and those of a deployment.
 * @param secrets content of the files that `..._FILE` variables name, by file name
 */
export function readDeployedConfig(
  env: Readonly<Record<string, string | undefined>>,
  secrets: Readonly<Record<string, string>>,
): LoadedConfig {
  return loadConfig({ ...readImageEnv(), ...env, ...writeSecretFiles(env, secrets) });
}

/**
 * Writes the file of each `..._FILE` variable.
 * @returns the variables with the new paths
 * @throws Error if one is missing
 */
export function writeSecretFiles(
  env: Readonly<Record<string, string | undefined>>,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  const directory = createTempDirectory();
  const fileVariables = Object.entries(env).filter(([name]) => name.endsWith('_FILE'));
  return Object.fromEntries(
    fileVariables.map(([name, path = '']) => {
      const text = secrets[posix.basename(path)];
      if (text === undefined) throw new Error(`no secret provides ${name}=${path}`);
      const file = join(directory, posix.basename(path));
      writeFileSync(file, text);
      return [name, file];
    }),
  );
}
