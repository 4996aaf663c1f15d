/** The files for hosting providers fit the service: port, health check, volume and variables, and the commands run. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Config } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load-config.js';
import { findFreePorts } from '../harness/free-ports.js';
import { eventually } from '../support/cleanup.js';
import { startCommand } from '../support/cli-process.js';
import {
  KNOWN_VARIABLES,
  readDeployedConfig,
  readDockerfile,
  readImageEnv,
  readYaml,
} from '../support/deploy-files.js';
import { readProjectFile } from '../support/markdown.js';
import { createTempDirectory } from '../support/temp-directory.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOKENS = { WRITE_TOKENS: 'till:0123456789abcdef', ADMIN_TOKENS: 'admin:fedcba9876543210' };
const HEALTH_PATH = '/health/ready';
const DEFAULTS = new Config();

interface FlyConfig {
  readonly kill_signal: string;
  readonly kill_timeout: string;
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly { readonly destination: string }[];
  readonly http_service: {
    readonly internal_port: number;
    readonly auto_stop_machines: string;
    readonly min_machines_running: number;
    readonly concurrency: { readonly type: string; readonly hard_limit: number };
    readonly checks: readonly { readonly path: string }[];
  };
  readonly metrics: { readonly port: number; readonly path: string };
}

interface RenderService {
  readonly runtime: string;
  readonly plan: string;
  readonly numInstances: number;
  readonly buildCommand: string;
  readonly startCommand: string;
  readonly healthCheckPath: string;
  readonly disk: { readonly mountPath: string };
  readonly envVars: readonly { readonly key: string; readonly value?: string; readonly sync?: boolean }[];
}

interface RailwayConfig {
  readonly build: { readonly buildCommand: string };
  readonly deploy: {
    readonly startCommand: string;
    readonly healthcheckPath: string;
    readonly requiredMountPath: string;
    readonly overlapSeconds: number;
    readonly drainingSeconds: number;
  };
}

/** Parses TOML with Python's standard library. */
function readToml(path: string): unknown {
  const script = 'import json, sys, tomllib; json.dump(tomllib.load(sys.stdin.buffer), sys.stdout)';
  return JSON.parse(execFileSync('python3', ['-c', script], { input: readProjectFile(path), encoding: 'utf8' }));
}

const { deploy: railway, build } = JSON.parse(readProjectFile('deploy/railway.json')) as RailwayConfig;
const [render] = (readYaml('deploy/render.yaml') as { readonly services: readonly RenderService[] }).services;
const renderEnv = Object.fromEntries(render?.envVars.map(({ key, value }) => [key, value]) ?? []);
const railwayEnv = Object.fromEntries([...railway.startCommand.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, k, v]) => [k, v]));
const { NODE_VERSION: renderNode, ...renderVariables } = renderEnv;

/** Variables that a file sets, with the tokens that the person who deploys sets. */
const toEnv = (variables: Readonly<Record<string, string | undefined>>) => ({ ...variables, ...TOKENS });

describe('fly.toml', () => {
  const fly = readToml('deploy/fly.toml') as FlyConfig;

  it('runs the image with its data on a volume, and never sleeps', () => {
    const { http_service: service, mounts } = fly;
    const { PORT, DATA_DIR } = readImageEnv();
    expect([String(service.internal_port), mounts.map(({ destination }) => destination)]).toEqual([PORT, [DATA_DIR]]);
    expect(service).toMatchObject({
      auto_stop_machines: 'off',
      min_machines_running: 1,
      checks: [{ path: HEALTH_PATH }],
    });
    expect([fly.metrics.path, String(fly.metrics.port)]).toEqual(['/metrics', fly.env['METRICS_PORT']]);
  });

  it('has a valid configuration, room for all viewers, and time to shut down', () => {
    const { config, faults, warnings } = readDeployedConfig(toEnv(fly.env), {});
    expect([faults, warnings]).toEqual([[], []]);
    expect(Object.keys(fly.env).filter((name) => !KNOWN_VARIABLES.has(name))).toEqual([]);
    expect(fly.http_service.concurrency).toMatchObject({ type: 'connections', hard_limit: config.MAX_VIEWERS });
    expect(fly.kill_signal).toBe('SIGTERM');
    expect(Number.parseInt(fly.kill_timeout, 10) * 1_000).toBeGreaterThan(config.STOP_DEADLINE_MS);
  });
});

describe('render.yaml', () => {
  it('keeps the data on a disk, of one instance, and asks for the tokens', () => {
    expect(render).toMatchObject({ runtime: 'node', numInstances: 1, healthCheckPath: HEALTH_PATH });
    expect(render?.plan).not.toBe('free');
    expect(render?.disk.mountPath).toBe(renderVariables['DATA_DIR']);
    expect(render?.envVars.filter(({ sync }) => sync === false).map(({ key }) => key)).toEqual(Object.keys(TOKENS));
  });

  it('has the Node of the image, and a valid configuration', () => {
    expect(readDockerfile()[0]?.text).toBe(`NODE_IMAGE=node:${renderNode}-bookworm-slim`);
    expect(loadConfig(toEnv(renderVariables))).toMatchObject({ faults: [], warnings: [] });
    expect(Object.keys(renderVariables).filter((name) => !KNOWN_VARIABLES.has(name))).toEqual([]);
  });
});

describe('railway.json', () => {
  it('deploys only with a volume, stops one instance before it starts the next, and gives it time', () => {
    expect(railway).toMatchObject({ healthcheckPath: HEALTH_PATH, overlapSeconds: 0 });
    expect(railway.requiredMountPath).toBe(railwayEnv['DATA_DIR']);
    expect(railway.drainingSeconds * 1_000).toBeGreaterThan(DEFAULTS.STOP_DEADLINE_MS);
  });

  it('has a valid configuration', () => {
    expect(loadConfig(toEnv(railwayEnv))).toMatchObject({ faults: [], warnings: [] });
    expect(Object.keys(railwayEnv).filter((name) => !KNOWN_VARIABLES.has(name))).toEqual([]);
  });
});

it('both providers build with a script of the package', () => {
  const { scripts } = JSON.parse(readProjectFile('package.json')) as { readonly scripts: Record<string, string> };
  for (const command of [build.buildCommand, render?.buildCommand])
    expect(scripts).toHaveProperty([/npm run --silent (\S+)$/.exec(command ?? '')?.[1] ?? '']);
});

it.each([
  ['render.yaml', render?.startCommand, renderEnv],
  ['railway.json', railway.startCommand, {}],
])(
  'the start command of %s starts a service on which an admin makes a dashboard',
  async (_, command = '', variables = {}) => {
    const [port = 0] = await findFreePorts(1);
    const directory = createTempDirectory();
    // The network of the provider is not here: the service is reached on this machine.
    const text = command.replace('DATA_DIR=/data', `DATA_DIR=${directory}`).replace('HOST=0.0.0.0', 'HOST=127.0.0.1');
    const own = { ...variables, ...TOKENS, HOST: '127.0.0.1', PORT: String(port), DATA_DIR: directory };
    const { child, ended, stderr } = startCommand(['-c', `exec ${text}`], own, 'sh', ROOT);
    const url = `http://127.0.0.1:${port}`;
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`it exited: ${stderr()}`);
      return (await fetch(`${url}${HEALTH_PATH}`).catch(() => undefined))?.status === 200;
    });
    const made = await fetch(`${url}/dashboards/shop`, {
      method: 'PUT',
      headers: { Authorization: 'Bearer fedcba9876543210', 'Content-Type': 'application/json' },
      body: '{"counters":{"sales":{}}}',
    });
    expect([made.status, (await fetch(`${url}/order`, { method: 'POST' })).status]).toEqual([201, 401]);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  },
);
