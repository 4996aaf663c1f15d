/** The Dockerfile is secure, reproducible, and consistent with the package and the configuration. */
import { existsSync } from 'node:fs';
import { loadConfig } from '../../src/config/load-config.js';
import {
  KNOWN_VARIABLES as known,
  readDockerfile,
  readImageEnv,
  readInstruction,
  readLastStage,
} from '../support/deploy-files.js';
import { readProjectFile } from '../support/markdown.js';

const { version, engines, bin, license, description } = JSON.parse(readProjectFile('package.json')) as {
  readonly version: string;
  readonly license: string;
  readonly description: string;
  readonly engines: { readonly node: string };
  readonly bin: { readonly tallyboard: string };
};
const lastStage = readLastStage();
const imageEnv = readImageEnv();
const instructions = readDockerfile();
const parseWords = (text: string): string[] => JSON.parse(text) as string[];
const COMMAND = ['node', `/app/${bin.tallyboard}`];
const HEALTH = [...COMMAND, 'health'];

describe('the Dockerfile', () => {
  it('uses one base image, of an exact version that the package supports', () => {
    const [first, ...rest] = instructions;
    const [, major] = /^NODE_IMAGE=node:(\d+)\.\d+\.\d+-bookworm-slim$/.exec(first?.text ?? '') ?? [];
    expect([first?.name, Number(major)]).toEqual(['ARG', 24]);
    expect(Number(major)).toBeGreaterThanOrEqual(Number.parseInt(engines.node.slice(2), 10));
    const bases = rest.filter(({ name }) => name === 'FROM').map(({ text }) => text.split(' ')[0]);
    expect(bases).toEqual(['${NODE_IMAGE}', '${NODE_IMAGE}', '${NODE_IMAGE}']);
  });

  it('installs exactly what package-lock.json lists, without running install scripts', () => {
    const installs = instructions
      .filter(({ name, text }) => name === 'RUN' && text.includes('npm ci'))
      .map(({ text }) => text);
    expect(installs).toHaveLength(2);
    for (const text of installs) expect(text).toMatch(/--mount=type=cache,.* npm ci .*--ignore-scripts/);
    expect(installs[1]).toContain('--omit=dev');
    expect(instructions.filter(({ text }) => /\bnpm (i|install|update|exec)\b|^npx /.test(text))).toEqual([]);
  });

  it('copies only files that exist and that .dockerignore allows', () => {
    const copies = instructions.filter(({ name, text }) => name === 'COPY' && !text.includes('--from='));
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
    expect(sources.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([]);
    expect(instructions.filter(({ name }) => name === 'ADD')).toEqual([]);
  });

  it('runs node directly, as an unprivileged user, so that signals reach it', () => {
    expect(readInstruction(lastStage, 'USER')).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    expect(parseWords(readInstruction(lastStage, 'ENTRYPOINT'))).toEqual(['node', '--enable-source-maps', COMMAND[1]]);
    expect(parseWords(readInstruction(lastStage, 'CMD'))).toEqual(['start']);
    expect(readInstruction(lastStage, 'STOPSIGNAL')).toBe('SIGTERM');
    expect(readInstruction(lastStage, 'HEALTHCHECK')).toBe(
      `--interval=30s --timeout=5s --start-period=60s --retries=3 CMD ${JSON.stringify(HEALTH).replaceAll(',', ', ')}`,
    );
  });

  it('sets what the container needs, and requires tokens', () => {
    const { NODE_ENV, ...variables } = imageEnv;
    expect([NODE_ENV, variables]).toEqual(['production', { HOST: '0.0.0.0', PORT: '8082', DATA_DIR: '/data' }]);
    expect(Object.keys(variables).filter((name) => !known.has(name))).toEqual([]);
    expect(loadConfig(imageEnv).faults.join()).toContain('WRITE_TOKENS');
    expect(readInstruction(lastStage, 'EXPOSE')).toBe(imageEnv['PORT']);
    expect(readInstruction(lastStage, 'VOLUME')).toBe(imageEnv['DATA_DIR']);
    const [user, group] = readInstruction(lastStage, 'USER').split(':');
    expect(readInstruction(lastStage, 'RUN')).toContain(`install -d -o ${user} -g ${group} ${imageEnv['DATA_DIR']}`);
  });

  it('has the labels of the package', () => {
    const entries = [...readInstruction(lastStage, 'LABEL').matchAll(/org\.opencontainers\.image\.(\w+)="([^"]*)"/g)];
    expect(Object.fromEntries(entries.map(([, name, value]) => [name, value]))).toEqual({
      title: 'Tallyboard',
      description,
      licenses: license,
      version,
      revision: '${REVISION}',
    });
  });
});
