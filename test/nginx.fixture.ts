/** A real nginx before a service, as a process of the test's own: over TLS or without, and with or without the path. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { type Certificate, makeCertificate } from './certificate.fixture.js';
import { makeDirectory } from './directory.fixture.js';
import { afterTest, eventually } from './lifetime.fixture.js';
import { isUnderPath } from './prefix.fixture.js';

export interface NginxOptions {
  /** Where the service listens. */
  readonly port: number;
  /** The path that the world knows the service by, like `/tally`; none when it is empty. */
  readonly prefix?: string;
  /** Takes the path off before the service sees it. */
  readonly strip?: boolean;
  readonly tls?: boolean;
}

export interface Nginx {
  /** Where the service is seen, with its path and no slash at the end. */
  readonly url: string;
  readonly port: number;
  /** What a client has to trust, over TLS. */
  readonly certificate: Certificate | undefined;
  /** All that it has logged. */
  readonly log: () => string;
}

const ATTEMPTS = 5;
/** Debian keeps it where only an administrator's PATH looks. */
const DIRECTORIES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

/** Starts nginx. Resolves when it takes connections. @throws Error with its log when it does not start */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const certificate = options.tls ? makeCertificate() : undefined;
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const { started, log } = await run(configuration(options, port, certificate), port);
    if (started) {
      const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}${options.prefix ?? ''}`;
      isUnderPath(url);
      return { url, port, certificate, log };
    }
    // Somebody else may have taken the port in between.
    if (attempt === ATTEMPTS || !log().includes('bind()')) throw new Error(`nginx did not start:\n${log()}`);
  }
}

function binary(): string {
  const path = DIRECTORIES.map((directory) => join(directory, 'nginx')).find((file) => existsSync(file));
  if (path === undefined) throw new Error('nginx is not here: install it, for example by apt-get install nginx-light');
  return path;
}

/** A port that was free a moment ago: nginx does not say which one it took. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function run(text: string, port: number): Promise<{ readonly started: boolean; readonly log: () => string }> {
  const directory = makeDirectory();
  writeFileSync(join(directory, 'nginx.conf'), text);
  const child = spawn(binary(), ['-p', directory, '-c', 'nginx.conf', '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (output += piece));
  const ended = once(child, 'close');
  afterTest(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const state = { started: false };
  await eventually(async () => {
    state.started = await isListening(port);
    return state.started || child.exitCode !== null;
  });
  if (!state.started) await ended;
  return { started: child.exitCode === null, log: () => output };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  const listening = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return listening;
}

/** One process, in the foreground, that writes nowhere but into its own directory. The location is that of the README. */
function configuration({ port, prefix = '', strip = false }: NginxOptions, own: number, tls?: Certificate): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;
events { worker_connections 256; }
http {
  access_log off;
  ${kinds.map((kind) => `${kind}_temp_path ${kind};`).join('\n  ')}
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${own}${tls ? ' ssl' : ''};
    ${tls ? `ssl_certificate ${tls.certPath}; ssl_certificate_key ${tls.keyPath};` : ''}
    absolute_redirect off;
    location ${prefix}/ {
      proxy_pass http://127.0.0.1:${port}${strip ? '/' : ''};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
    ${prefix && !strip ? `location = ${prefix} { proxy_pass http://127.0.0.1:${port}; }` : ''}
  }
}
`;
}
