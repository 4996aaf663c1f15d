/** The manifests of many instances: how they come, go and are spread, and the Valkey that they share. */
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import { Config } from '../../src/config/config.js';
import { MANIFESTS, readManifest, readYaml } from '../support/deploy-files.js';
import { readProjectFile } from '../support/markdown.js';

const VALKEY = 'tallyboard-valkey';
const { metadata, spec: deployment } = readManifest('Deployment') as IDeployment;
const labels = deployment?.template.metadata?.labels;
const { spec: statefulSet } = readManifest('StatefulSet', VALKEY) as IStatefulSet;
const valkey = statefulSet?.template.spec;
const [container] = valkey?.containers ?? [];
const readPolicySpec = (name: string) => (readManifest('NetworkPolicy', name) as INetworkPolicy).spec;
const readSecretData = (name: string) => (readManifest('Secret', name) as ISecret).stringData ?? {};
const CONFIG_FILE = 'valkey.conf';
const directives = new Map(
  readProjectFile(`${MANIFESTS}/valkey/${CONFIG_FILE}`)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
);
const UNITS: Readonly<Record<string, number>> = { gb: 2 ** 30, Gi: 2 ** 30, Mi: 2 ** 20 };
const parseBytes = (size = '') => Number.parseInt(size, 10) * (UNITS[size.replace(/^\d+/, '')] ?? Number.NaN);

describe('the Deployment', () => {
  it('replaces no pod before another is there, and waits for its viewers to have settled', () => {
    expect(deployment?.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
    expect(Number(deployment?.minReadySeconds) * 1_000).toBeGreaterThan(new Config().DRAIN_MS);
  });

  it('leaves it to the autoscaler how many there are: three at the least', () => {
    expect(deployment).not.toHaveProperty('replicas');
    const { spec } = readManifest('HorizontalPodAutoscaler') as IHorizontalPodAutoscaler;
    expect(spec?.scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: metadata?.name });
    expect(spec?.minReplicas).toBe(3);
    expect(spec?.maxReplicas).toBeGreaterThan(3);
    expect(spec?.metrics?.map(({ resource }) => resource?.name)).toEqual(['cpu']);
    const waitS = (direction: 'scaleUp' | 'scaleDown') =>
      Number(spec?.behavior?.[direction]?.stabilizationWindowSeconds);
    expect(waitS('scaleDown')).toBeGreaterThan(waitS('scaleUp'));
  });

  it('spreads the pods over nodes and zones, and starts them where it cannot', () => {
    const spread = deployment?.template.spec?.topologySpreadConstraints ?? [];
    expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
    for (const { labelSelector, whenUnsatisfiable } of spread)
      expect([labelSelector?.matchLabels, whenUnsatisfiable]).toEqual([labels, 'ScheduleAnyway']);
  });
});

describe('the way to Valkey', () => {
  it('is what the Secrets say: its Service, and one password', () => {
    const service = readManifest('Service', VALKEY) as IService;
    const url = new URL(readSecretData('tallyboard-many')['redis-url'] ?? '');
    expect([url.protocol, url.hostname]).toEqual(['redis:', service.metadata?.name]);
    expect(service.spec?.ports).toEqual([{ name: 'valkey', port: Number(url.port || 6379), targetPort: 'valkey' }]);
    expect(container?.ports).toEqual([{ name: 'valkey', containerPort: 6379 }]);
    expect(readSecretData(VALKEY)).toEqual({ 'password.conf': `requirepass ${url.password}\n` });
    expect([
      statefulSet?.selector.matchLabels,
      service.spec?.selector,
      readPolicySpec(VALKEY)?.podSelector?.matchLabels,
    ]).toEqual(Array.from({ length: 3 }, () => statefulSet?.template.metadata?.labels));
  });

  it('is open to Tallyboard alone, at both ends', () => {
    const ports = [{ port: 'valkey', protocol: 'TCP' }];
    expect(readPolicySpec(VALKEY)).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: { matchLabels: labels } }], ports }],
      egress: [],
    });
    const [redis, names] = readPolicySpec('tallyboard-redis')?.egress ?? [];
    expect(redis).toEqual({ to: [{ podSelector: { matchLabels: statefulSet?.template.metadata?.labels } }], ports });
    expect(names?.ports?.map(({ port }) => port)).toEqual([53, 53]);
  });
});

describe('Valkey', () => {
  it('puts what it acknowledges on the disk, and throws nothing away', () => {
    const { dir, include, ...settings } = Object.fromEntries(directives);
    expect(settings).toEqual({
      appendonly: 'yes',
      appendfsync: 'always',
      save: '""',
      maxmemory: '1gb',
      'maxmemory-policy': 'noeviction',
    });
    const mounts = Object.fromEntries((container?.volumeMounts ?? []).map((mount) => [mount.name, mount.mountPath]));
    expect(mounts).toEqual({ data: dir, configuration: '/etc/valkey', password: '/run/secrets/valkey' });
    expect(include).toBe(`${mounts['password']}/${Object.keys(readSecretData(VALKEY))[0]}`);
    expect(container?.command).toEqual(['valkey-server', `${mounts['configuration']}/${CONFIG_FILE}`]);
    for (const probe of [container?.startupProbe, container?.readinessProbe])
      expect(probe?.exec?.command?.at(-1)).toContain(` ${include}) valkey-cli ping `);
  });

  it('has memory for a copy of itself, and a disk of its own', () => {
    expect(parseBytes(String(container?.resources?.limits?.['memory']))).toBeGreaterThan(
      2 * parseBytes(directives.get('maxmemory')),
    );
    expect(statefulSet?.replicas).toBe(1);
    expect(statefulSet?.volumeClaimTemplates?.map(({ spec }) => spec?.accessModes)).toEqual([['ReadWriteOnce']]);
  });

  it('gets its configuration by the name that is made for it, and its password from the Secret', () => {
    const { configMapGenerator } = readYaml(`${MANIFESTS}/valkey/kustomization.yaml`) as {
      readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
    };
    expect(configMapGenerator).toEqual([expect.objectContaining({ name: VALKEY, files: [CONFIG_FILE] })]);
    expect(valkey?.volumes).toEqual([
      { name: 'configuration', configMap: { name: VALKEY } },
      { name: 'password', secret: { secretName: VALKEY, defaultMode: 0o440 } },
    ]);
  });

  it('is held to the restricted Pod Security Standard, with a root file system that nobody writes', () => {
    expect(valkey?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(valkey?.containers.map(({ securityContext }) => securityContext)).toEqual([
      { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ]);
    expect(valkey?.automountServiceAccountToken).toBe(false);
  });
});
