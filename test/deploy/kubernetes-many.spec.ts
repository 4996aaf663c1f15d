/** Manifests of several instances: rollout, scaling and spreading, and the Valkey that they share. */
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
  it('replaces a pod only when another is ready and its viewers have reconnected', () => {
    expect(deployment?.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
    expect(Number(deployment?.minReadySeconds) * 1_000).toBeGreaterThan(new Config().DRAIN_MS);
  });

  it('leaves the number of replicas to the autoscaler, with a minimum of three', () => {
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

  it('spreads pods over nodes and zones, but starts them even if it cannot', () => {
    const spread = deployment?.template.spec?.topologySpreadConstraints ?? [];
    expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
    for (const { labelSelector, whenUnsatisfiable } of spread)
      expect([labelSelector?.matchLabels, whenUnsatisfiable]).toEqual([labels, 'ScheduleAnyway']);
  });
});

describe('the connection to Valkey', () => {
  it('uses the Service and the password of the Secrets', () => {
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

  it('is open to Tallyboard only, in both directions', () => {
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
  it('writes to disk before it acknowledges, and evicts nothing', () => {
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

  it('has memory for a fork, and a volume of its own', () => {
    expect(parseBytes(String(container?.resources?.limits?.['memory']))).toBeGreaterThan(
      2 * parseBytes(directives.get('maxmemory')),
    );
    expect(statefulSet?.replicas).toBe(1);
    expect(statefulSet?.volumeClaimTemplates?.map(({ spec }) => spec?.accessModes)).toEqual([['ReadWriteOnce']]);
  });

  it('reads its configuration from the generated ConfigMap and its password from the Secret', () => {
    const { configMapGenerator } = readYaml(`${MANIFESTS}/valkey/kustomization.yaml`) as {
      readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
    };
    expect(configMapGenerator).toEqual([expect.objectContaining({ name: VALKEY, files: [CONFIG_FILE] })]);
    expect(valkey?.volumes).toEqual([
      { name: 'configuration', configMap: { name: VALKEY } },
      { name: 'password', secret: { secretName: VALKEY, defaultMode: 0o440 } },
    ]);
  });

  it('meets the restricted Pod Security Standard, with a read-only root file system', () => {
    expect(valkey?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(valkey?.containers.map(({ securityContext }) => securityContext)).toEqual([
      { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ]);
    expect(valkey?.automountServiceAccountToken).toBe(false);
  });
});
