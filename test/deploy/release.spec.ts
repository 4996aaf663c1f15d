/** The release workflow: few permissions, nothing published in a dry run, and scripts that do what they say. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readYaml } from '../support/deploy-files.js';
import { readProjectFile } from '../support/markdown.js';
import { createTempDirectory } from '../support/temp-directory.js';

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly 'timeout-minutes': number;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: {
    readonly push: object;
    readonly workflow_dispatch: { readonly inputs: { readonly 'dry-run': { readonly default: boolean } } };
  };
  readonly env: Readonly<Record<string, string>>;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflow = readYaml('.github/workflows/release.yml') as Workflow;
const jobs = Object.entries(workflow.jobs);
const steps = jobs.flatMap(([, job]) => job.steps);
const { version } = JSON.parse(readProjectFile('package.json')) as { readonly version: string };
const isGuarded = (step: Step) => step.if === "env.DRY_RUN != 'true'";

function findStep(name: string): string {
  const run = steps.find((step) => step.name === name)?.run;
  if (run === undefined) throw new Error(`no step is "${name}"`);
  return run;
}

/**
 * Runs the script of a step as the runner does, in a directory with what it reads. `npm` prints its arguments, and
 * `python3` does nothing.
 */
function runStep(name: string, env: Readonly<Record<string, string>>) {
  const directory = createTempDirectory();
  for (const file of ['package.json', 'CHANGELOG.md'])
    symlinkSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), join(directory, file));
  mkdirSync(join(directory, 'release'));
  for (const file of ['client.tgz', 'service.tgz', 'sbom.json']) writeFileSync(join(directory, 'release', file), '');
  writeFileSync(join(directory, 'npm'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  writeFileSync(join(directory, 'python3'), '#!/bin/sh\n', { mode: 0o755 });
  const output = join(directory, 'output');
  const { status, stdout } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', findStep(name)], {
    cwd: directory,
    env: { PATH: `${directory}:${process.env['PATH']}`, GITHUB_OUTPUT: output, ...env },
    encoding: 'utf8',
  });
  return { status, stdout, read: (file: string) => readFileSync(join(directory, file), 'utf8') };
}

it('starts with a tag, or by hand as a dry run', () => {
  expect(workflow.on.push).toEqual({ tags: ['v*'] });
  expect(workflow.on.workflow_dispatch.inputs['dry-run'].default).toBe(true);
  expect(workflow.env).toEqual({ DRY_RUN: "${{ github.event_name == 'workflow_dispatch' && inputs.dry-run }}" });
});

it('each job may write only what it publishes, and has an end', () => {
  expect(workflow.permissions).toEqual({ contents: 'read' });
  const listWrites = ({ permissions = {} }: Job) =>
    Object.entries(permissions).flatMap(([name, right]) => (right === 'write' ? [name] : []));
  expect(Object.fromEntries(jobs.map(([name, job]) => [name, listWrites(job)]))).toEqual({
    packages: [],
    image: ['packages', 'id-token', 'attestations'],
    chart: ['packages', 'id-token'],
    npm: ['id-token'],
    pypi: ['id-token'],
    release: ['contents'],
  });
  for (const [, job] of jobs) expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
});

it('every action has a version, and no checkout keeps its credentials', () => {
  const uses = steps.filter((step) => step.uses !== undefined);
  expect(uses.filter(({ uses: action }) => !/^[\w-]+\/[\w-]+@v\d+(\.\d+\.\d+)?$/.test(action ?? ''))).toEqual([]);
  for (const step of uses.filter(({ uses: action }) => action?.startsWith('actions/checkout@')))
    expect(step.with).toEqual({ 'persist-credentials': false });
});

it('a dry run publishes nothing', () => {
  const publishing =
    /cosign sign|helm push|gh release create|docker\/login-action|attest-build-provenance|pypi-publish|twine upload/;
  const found = steps.filter(({ run = '', uses = '' }) => publishing.test(`${run} ${uses}`));
  expect(found.length).toBe(7);
  expect(found.filter((step) => !isGuarded(step))).toEqual([]);
  const build = steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
  expect(build?.with).toMatchObject({
    platforms: 'linux/amd64,linux/arm64',
    push: "${{ env.DRY_RUN != 'true' }}",
    provenance: 'mode=max',
    sbom: true,
  });
  expect(steps.filter(({ run }) => run?.includes('npm publish'))).toHaveLength(1);
});

it.each([
  ['true', ' --dry-run'],
  ['false', ''],
])('with DRY_RUN=%s, each package goes to npm with its provenance%s', (DRY_RUN, option) => {
  const { status, stdout } = runStep('Publish the packages', { DRY_RUN });
  const lines = ['client', 'service'].map(
    (name) => `publish ./release/${name}.tgz --provenance --access public${option}`,
  );
  expect([status, stdout.trim().split('\n')]).toEqual([0, lines]);
});

it.each(['npm', 'pypi'])('%s, which takes nothing back, comes after the image and the chart', (name) => {
  expect(workflow.jobs[name]?.needs).toEqual(['packages', 'image', 'chart']);
  expect(workflow.jobs['release']?.needs).toContain(name);
});

it('the Python client is built and tried with the packages, and goes to PyPI without a token', () => {
  const artifacts = jobs.flatMap(([, job]) => job.steps.filter(({ with: inputs }) => inputs?.['name'] === 'python'));
  expect(artifacts.map(({ with: inputs }) => inputs?.['path'])).toEqual(['python', 'dist']);
  expect(findStep('Build the Python client')).toContain('--outdir python clients/python\n');
  const { environment, steps: publishing } = workflow.jobs['pypi'] ?? {};
  expect(environment).toBe('pypi');
  expect(publishing?.at(-1)).toMatchObject({ with: { attestations: true } });
});

it.each([
  [version, 0],
  ['99.0.0', 1],
])('the Python client that was built has to be version %s, or the step ends with %i', (expected, status) => {
  const RUNNER_TEMP = createTempDirectory();
  mkdirSync(join(RUNNER_TEMP, 'python/bin'), { recursive: true });
  const python = `#!/bin/sh\necho ${version}\n`;
  for (const file of ['pip', 'python']) writeFileSync(join(RUNNER_TEMP, 'python/bin', file), python, { mode: 0o755 });
  const { status: found, stdout } = runStep('Try the Python client', { RUNNER_TEMP, VERSION: expected });
  expect(found).toBe(status);
  expect(stdout.includes('::error::')).toBe(status === 1);
});

it('scripts have a valid syntax, and get values by variables alone', () => {
  for (const { run } of steps.filter((step) => step.run !== undefined)) {
    expect(run).not.toContain('${{');
    expect(spawnSync('bash', ['-n', '-c', run ?? '']).status).toBe(0);
  }
});

it.each([
  [`refs/tags/v${version}`, 'false', 0],
  ['refs/tags/v99.0.0', 'false', 1],
  ['refs/heads/main', 'false', 1],
  ['refs/heads/main', 'true', 0],
])('of %s with DRY_RUN=%s, the check of the version ends with %i', (ref, dryRun, status) => {
  const result = runStep('Check that the tag is the version of the package', { GITHUB_REF: ref, DRY_RUN: dryRun });
  expect(result.status).toBe(status);
  expect(status === 0 ? result.read('output') : result.stdout).toContain(
    status === 0 ? `version=${version}` : '::error::',
  );
});

it('the notes of a release are its section of the changelog', () => {
  const { status, read } = runStep('Write the notes', { VERSION: version });
  expect([status, read('notes.md')]).toEqual([0, expect.stringContaining('\n### Counting\n')]);
  expect(read('notes.md')).not.toContain('\n## ');
  expect(runStep('Write the notes', { VERSION: '0.1' }).status).toBe(1);
});

it('the published chart runs the published image', () => {
  const values = readProjectFile('deploy/helm/tallyboard/values.yaml');
  const [, pattern = '', replacement = ''] = /sed -i "s#(.*)#(.*)#"/.exec(findStep('Package the chart')) ?? [];
  expect(values.match(new RegExp(pattern, 'g'))).toHaveLength(1);
  expect(replacement).toBe('repository: ${IMAGE%:*}');
});
