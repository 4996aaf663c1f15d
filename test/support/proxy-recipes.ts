/**
 * Adapts the recipes of `deploy/proxies` to a test. Each is the shipped file, with its addresses, paths and time limits
 * replaced.
 */
import { readProjectFile } from './markdown.js';

export const PROXIES = ['nginx', 'Caddy', 'HAProxy'] as const;
export type ProxyKind = (typeof PROXIES)[number];

/**
 * Treatment of the path `/tally`. `root`: there is no path. `preserved`: the proxy forwards it, and the service has it
 * as `BASE_PATH`. `stripped`: the proxy removes it.
 */
export type PathMode = 'root' | 'preserved' | 'stripped';

/** A text of the recipe and its replacement. */
type RecipeEdit = readonly [from: string, to: string];

/** Ports and files of a test. */
interface RecipeEnvironment {
  /** Ports of the proxy: `port` with TLS, `plainPort` without. */
  readonly port: number;
  readonly plainPort: number;
  /** Port of the service. */
  readonly servicePort: number;
  readonly certPath: string;
  readonly keyPath: string;
}

interface Recipe {
  readonly file: string;
  /** Replaces ports, addresses, and files that only root can write. */
  readonly environmentEdits: (environment: RecipeEnvironment) => readonly RecipeEdit[];
  readonly pathEdits: Readonly<Record<PathMode, readonly RecipeEdit[]>>;
  /** Shortens the idle time limit of a connection to 2 s, and the time that viewers keep after a reload to 1 s. */
  readonly shortTimeoutEdits: readonly RecipeEdit[];
}

/** File with certificate and key, as HAProxy requires. */
export const COMBINED_PEM = 'both.pem';
/** The access log is a file: nginx runs as `nobody` and may not open the /dev/stdout of another user. */
export const ACCESS_LOG = 'access.log';
const TEMP_PATH_DIRECTIVES = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
  (kind) => `${kind}_temp_path ${kind};`,
);
/** Compresses all responses for clients that accept it, as the sites of others do. The recipes leave it off. */
const COMPRESSION_DIRECTIVES = ['gzip on;', 'gzip_types *;', 'gzip_proxied any;', 'gzip_min_length 1;'];

export const RECIPES: Readonly<Record<ProxyKind, Recipe>> = {
  nginx: {
    file: 'nginx.conf',
    environmentEdits: ({ port, plainPort, servicePort, certPath, keyPath }) => [
      ['pid /run/nginx.pid;', 'pid nginx.pid;'],
      ['worker_connections 40000;', 'worker_connections 256;'],
      ['http {', `http {\n${[...TEMP_PATH_DIRECTIVES, ...COMPRESSION_DIRECTIVES].join('\n')}`],
      ['/var/log/nginx/access.log', ACCESS_LOG],
      ['/var/log/nginx/error.log', 'stderr'],
      ['server 127.0.0.1:8082;', `server 127.0.0.1:${servicePort};`],
      ['listen 80;', `listen 127.0.0.1:${plainPort};`],
      ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
      ['/etc/ssl/counters.example.org.pem', certPath],
      ['/etc/ssl/counters.example.org.key', keyPath],
    ],
    pathEdits: {
      root: [],
      preserved: [['location / {', 'location /tally/ {']],
      stripped: [
        ['location / {', 'location /tally/ {'],
        ['proxy_pass http://tallyboard;', 'proxy_pass http://tallyboard/;'],
      ],
    },
    shortTimeoutEdits: [
      ['worker_shutdown_timeout 30s;', 'worker_shutdown_timeout 1s;'],
      ['proxy_read_timeout 60s;', 'proxy_read_timeout 2s;'],
      ['proxy_send_timeout 60s;', 'proxy_send_timeout 2s;'],
    ],
  },
  Caddy: {
    file: 'Caddyfile',
    environmentEdits: ({ port, plainPort, servicePort, certPath, keyPath }) => [
      [
        '{\n\t# Viewers',
        `{\n\thttp_port ${plainPort}\n\thttps_port ${port}\n\tdefault_bind 127.0.0.1\n\tadmin unix/admin.sock\n\tskip_install_trust\n\t# Viewers`,
      ],
      ['reverse_proxy 127.0.0.1:8082 {', `reverse_proxy 127.0.0.1:${servicePort} {`],
      ['\ncounters.example.org {', `\ncounters.example.org, 127.0.0.1 {\n\ttls ${certPath} ${keyPath}`],
      ['health_interval 2s', 'health_interval 100ms'],
    ],
    pathEdits: {
      root: [],
      preserved: [['health_uri /health', 'health_uri /tally/health']],
      stripped: [
        ['\n\timport tallyboard', ''],
        ['#redir', 'redir'],
        ['#handle_path', 'handle_path'],
        ['#\timport', '\timport'],
        ['#}', '}'],
      ],
    },
    shortTimeoutEdits: [
      ['grace_period 5s', 'grace_period 1s'],
      ['lb_try_duration 3s', 'lb_try_duration 300ms'],
      ['read_timeout 60s', 'read_timeout 2s'],
      ['write_timeout 60s', 'write_timeout 2s'],
    ],
  },
  HAProxy: {
    file: 'haproxy.cfg',
    environmentEdits: ({ port, plainPort, servicePort }) => [
      ['maxconn 40000', 'maxconn 256'],
      ['bind :80', `bind 127.0.0.1:${plainPort}`],
      ['bind :443', `bind 127.0.0.1:${port}`],
      ['/etc/ssl/counters.example.org.pem', COMBINED_PEM],
      ['server one 127.0.0.1:8082 check', `server one 127.0.0.1:${servicePort} check`],
      ['server one 127.0.0.1:8082 track', `server one 127.0.0.1:${servicePort} track`],
      ['inter 2s', 'inter 100ms'],
    ],
    pathEdits: {
      root: [],
      preserved: [['uri /health', 'uri /tally/health']],
      stripped: [
        ['#http-request redirect', 'http-request redirect'],
        ['#http-request return', 'http-request return'],
        ['#http-request replace-path', 'http-request replace-path'],
      ],
    },
    shortTimeoutEdits: [
      ['retries 3', 'retries 0'],
      ['hard-stop-after 30s', 'hard-stop-after 1s'],
      ['timeout client 60s', 'timeout client 2s'],
      ['timeout server 60s', 'timeout server 2s'],
      ['timeout tunnel 60s', 'timeout tunnel 2s'],
    ],
  },
};

/** Creates the recipe for a test. @throws Error if the text of an edit does not occur in the recipe exactly once */
export function createRecipe(
  kind: ProxyKind,
  environment: RecipeEnvironment,
  pathMode: PathMode,
  hasShortTimeouts: boolean,
): string {
  const { file, environmentEdits, pathEdits, shortTimeoutEdits } = RECIPES[kind];
  return applyEdits(file, [
    ...environmentEdits(environment),
    ...pathEdits[pathMode],
    ...(hasShortTimeouts ? shortTimeoutEdits : []),
  ]);
}

/** Creates the recipe for nginx before two instances. */
export function createTwoInstancesRecipe(port: number, servicePorts: readonly [number, number]): string {
  const [first, second] = servicePorts;
  return applyEdits('nginx-two.conf', [
    ['pid /run/nginx.pid;', 'pid nginx.pid;'],
    ['worker_connections 40000;', 'worker_connections 256;'],
    ['http {', `http {\n${TEMP_PATH_DIRECTIVES.join('\n')}`],
    ['/var/log/nginx/access.log', ACCESS_LOG],
    ['/var/log/nginx/error.log', 'stderr'],
    ['server 127.0.0.1:8082 ', `server 127.0.0.1:${first} `],
    ['server 127.0.0.1:8083 ', `server 127.0.0.1:${second} `],
    ['listen 127.0.0.1:8080;', `listen 127.0.0.1:${port};`],
  ]);
}

function applyEdits(file: string, edits: readonly RecipeEdit[]): string {
  let text = readProjectFile(`deploy/proxies/${file}`);
  for (const [from, to] of edits) {
    const parts = text.split(from);
    if (parts.length !== 2) throw new Error(`${file} has ${JSON.stringify(from)} ${parts.length - 1} times`);
    text = parts.join(to);
  }
  return text;
}
