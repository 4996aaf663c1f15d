/** Runs a real nginx, Caddy or HAProxy before a service, with the recipe from `deploy/proxies`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { type Certificate, createCertificate } from './certificate.js';
import { createTempDirectory } from './temp-directory.js';
import { afterTest, eventually } from './cleanup.js';
import { captureOutput } from '../harness/child-output.js';
import { findFreePorts } from '../harness/free-ports.js';
import { registerBasePath } from './base-path.js';
import { ACCESS_LOG, COMBINED_PEM, type ProxyKind, createRecipe, RECIPES, type PathMode } from './proxy-recipes.js';

export interface ProxyOptions {
  /** Port of the service. */
  readonly servicePort: number;
  /** Treatment of the path; `root` by default. */
  readonly pathMode?: PathMode;
  /** Uses time limits of at most 2 seconds instead of those of the recipe. */
  readonly hasShortTimeouts?: boolean;
}

export interface RunningProxy {
  /** Public URL of the service, with its path and without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Port without TLS. */
  readonly plainPort: number;
  /** Certificate that clients must trust. */
  readonly certificate: Certificate;
  /** Returns the log so far. */
  readonly log: () => string;
  /** Reloads the configuration, as an administrator would. */
  readonly reload: () => Promise<void>;
}

/** Command that runs a proxy in the foreground in the directory of its recipe, and the way to reload it. */
interface ProxyProgram {
  readonly command: readonly [string, ...string[]];
  readonly reload: (child: ChildProcess, run: (args: readonly string[]) => Promise<void>) => unknown;
}

const PROXY_PROGRAMS: Readonly<Record<ProxyKind, ProxyProgram>> = {
  nginx: {
    command: ['nginx', '-p', '.', '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;'],
    reload: (child) => child.kill('SIGHUP'),
  },
  Caddy: {
    command: ['caddy', 'run', '--config', 'Caddyfile', '--adapter', 'caddyfile'],
    // Caddy skips an unchanged configuration without --force.
    reload: (_child, run) =>
      run(['reload', '--force', '--config', 'Caddyfile', '--adapter', 'caddyfile', '--address', 'unix/admin.sock']),
  },
  HAProxy: {
    command: ['haproxy', '-W', '-f', 'haproxy.cfg'],
    reload: (child) => child.kill('SIGUSR2'),
  },
};

const MAX_START_ATTEMPTS = 5;
/** Includes the sbin directories, where Debian installs the proxies and which are not in the PATH of every user. */
const PROGRAM_DIRECTORIES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
/** Unprivileged user that runs the proxies if the tests run as root. With high ports none of them needs root. */
const NOBODY_ID = 65_534;
const PROCESS_USER = process.getuid?.() === 0 ? { uid: NOBODY_ID, gid: NOBODY_ID } : {};

/** Starts a proxy. Resolves when it accepts connections. @throws Error with its log if it does not start */
export async function startReverseProxy(kind: ProxyKind, options: ProxyOptions): Promise<RunningProxy> {
  const { servicePort, pathMode = 'root', hasShortTimeouts = false } = options;
  const certificate = createCertificate('counters.example.org');
  for (let attempt = 1; ; attempt += 1) {
    const [port = 0, plainPort = 0] = await findFreePorts(2);
    const { certPath, keyPath } = certificate;
    const text = createRecipe(kind, { port, plainPort, servicePort, certPath, keyPath }, pathMode, hasShortTimeouts);
    const { started, log, reload } = await runProxy(kind, text, () => isListening(port, certificate), certificate);
    if (started) {
      const prefix = pathMode === 'root' ? '' : '/tally';
      const url = `https://127.0.0.1:${port}${prefix}`;
      registerBasePath(url);
      return { url, port, plainPort, certificate, log, reload };
    }
    // Retry if another process took the port in the meantime.
    if (attempt === MAX_START_ATTEMPTS || !/bind|in use/i.test(log()))
      throw new Error(`${kind} did not start:\n${log()}`);
  }
}

/** Returns the path of a program. @throws Error if it is not installed */
export function findProgram(name: string): string {
  const path = PROGRAM_DIRECTORIES.map((directory) => join(directory, name)).find((file) => existsSync(file));
  if (path === undefined) throw new Error(`${name} not found: install it, for example by apt-get install ${name}`);
  return path;
}

/**
 * Runs a proxy with the text of a recipe until the test ends.
 * @param isReady resolves with true once the proxy accepts connections
 */
export async function runProxy(
  kind: ProxyKind,
  text: string,
  isReady: () => Promise<boolean>,
  certificate?: Certificate,
) {
  const directory = createTempDirectory();
  writeFileSync(join(directory, RECIPES[kind].file), text);
  if (certificate) {
    writeFileSync(join(directory, COMBINED_PEM), Buffer.concat([certificate.cert, certificate.key]));
    grantToProxyUser(dirname(certificate.certPath));
  }
  grantToProxyUser(directory);
  const { command, reload } = PROXY_PROGRAMS[kind];
  const [name, ...args] = command;
  const [file, env] = [findProgram(name), { HOME: directory, PATH: process.env['PATH'] }];
  const options = { cwd: directory, env, ...PROCESS_USER };
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = captureOutput(child.stdout, child.stderr);
  const accessLog = join(directory, ACCESS_LOG);
  const ended = once(child, 'close');
  afterTest(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const state = { started: false };
  await eventually(async () => {
    state.started = await isReady();
    return state.started || child.exitCode !== null;
  });
  if (!state.started) await ended;
  const runCommand = async (commandArgs: readonly string[]): Promise<void> => {
    const [code] = (await once(spawn(file, commandArgs, { ...options, stdio: 'ignore' }), 'close')) as [number];
    if (code !== 0) throw new Error(`${name} ${commandArgs.join(' ')} ended with ${code}:\n${output()}`);
  };
  return {
    started: child.exitCode === null,
    log: () => (existsSync(accessLog) ? output() + readFileSync(accessLog, 'utf8') : output()),
    reload: async () => void (await reload(child, runCommand)),
  };
}

/** Gives a directory and its files to the user that runs the proxies. */
function grantToProxyUser(directory: string): void {
  if (PROCESS_USER.uid === undefined) return;
  for (const path of [directory, ...readdirSync(directory).map((name) => join(directory, name))]) {
    chownSync(path, NOBODY_ID, NOBODY_ID);
  }
}

/** True if a server with this certificate listens; another process may have taken the port. */
async function isListening(port: number, { cert }: Certificate): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', ca: cert });
  const listening = await once(socket, 'secureConnect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return listening;
}
