/** The manifests are what Kubernetes takes, fit each other, the image and the configuration, and ask for no rights. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { Config } from '../src/config.js';
import { readConfig } from '../src/config.reading.js';
import {
  KNOWN_VARIABLES as known,
  MANIFESTS,
  modelOf,
  onlyOne,
  readDeployed,
  readImageEnv,
  readLastStage,
  readManifest,
  readManifests,
  readYaml,
  unknownProperties,
} from './deploy.fixture.js';
import { readProjectFile } from './markdown.fixture.js';

interface Kustomization {
  readonly resources: readonly string[];
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
}

const manifests = readManifests();
const { spec: set } = readManifest('StatefulSet') as IStatefulSet;
const pod = set?.template.spec;
const [container] = pod?.containers ?? [];
const labels = set?.template.metadata?.labels ?? {};
const service = readManifest('Service') as IService;
const env = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
const secret = readManifest('Secret', 'tallyboard-tokens') as ISecret;
const portOf = (name: string) => container?.ports?.find((port) => port.name === name)?.containerPort;

describe('a manifest', () => {
  it.each(manifests.map(({ path, object }) => [path, object] as const))('%s is of its schema', async (_, object) => {
    const models = (await import(modelOf(object))) as Record<string, new (data: object) => { validate(): void }>;
    const Model = models[object.kind];
    expect(() => (Model ? new Model(object).validate() : undefined)).not.toThrow();
    expect(Model).toBeDefined();
  });

  it('has no property that is none', () => {
    expect(unknownProperties(manifests)).toEqual([]);
  });

  it('is of no namespace, and is labelled', () => {
    for (const { object } of manifests) {
      const { metadata } = object as { readonly metadata?: object };
      expect(metadata).toMatchObject({ labels });
      expect(metadata).not.toHaveProperty('namespace');
    }
  });
});

describe('kustomization.yaml', () => {
  const { resources, images } = readYaml(`${MANIFESTS}/kustomization.yaml`) as Kustomization;

  it('has every manifest beside it', () => {
    const files = readdirSync(fileURLToPath(new URL(`../${MANIFESTS}`, import.meta.url)));
    const beside = files.filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml');
    expect(resources.toSorted()).toEqual(beside.toSorted());
  });

  it('says where the image is, in the version of the package', () => {
    const { version } = JSON.parse(readProjectFile('package.json')) as { version: string };
    expect(images).toEqual([expect.objectContaining({ name: container?.image, newTag: version })]);
  });
});

describe('who selects', () => {
  it.each([
    ['the StatefulSet', set?.selector.matchLabels],
    ['the Service', service.spec?.selector],
    [
      'the PodDisruptionBudget',
      (readManifest('PodDisruptionBudget') as IPodDisruptionBudget).spec?.selector?.matchLabels,
    ],
    ['the NetworkPolicy', (readManifest('NetworkPolicy') as INetworkPolicy).spec?.podSelector?.matchLabels],
    [
      'the NetworkPolicy for calls out',
      (readManifest('NetworkPolicy', 'tallyboard-calls-out') as INetworkPolicy).spec?.podSelector?.matchLabels,
    ],
  ])('%s selects the pod', (_, selector) => {
    expect(selector).toEqual(labels);
  });

  it('the ServiceMonitor selects the Service', () => {
    const { spec } = readManifest('ServiceMonitor') as IServiceMonitor;
    expect(service.metadata?.labels).toMatchObject(spec?.selector.matchLabels ?? { none: true });
  });
});

describe('ports', () => {
  it('are those that the service listens on', () => {
    expect(String(portOf('http'))).toBe(readImageEnv()['PORT']);
    expect(String(portOf('metrics'))).toBe(env['METRICS_PORT']);
    expect(env).not.toHaveProperty('PORT');
  });

  it('are named as they are meant by everyone', () => {
    const ofService = (service.spec?.ports ?? []).map(({ name, targetPort }) => [name, targetPort]);
    expect(ofService).toEqual([
      ['http', 'http'],
      ['metrics', 'metrics'],
    ]);
    const { spec: policy } = readManifest('NetworkPolicy') as INetworkPolicy;
    expect(policy?.ingress?.flatMap(({ ports = [] }) => ports.map(({ port }) => port))).toEqual(['http', 'metrics']);
    const { spec: monitor } = readManifest('ServiceMonitor') as IServiceMonitor;
    expect(monitor?.endpoints).toEqual([expect.objectContaining({ port: 'metrics', path: '/metrics' })]);
    const { spec: ingress } = readManifest('Ingress') as IIngress;
    const [path] = ingress?.rules?.[0]?.http?.paths ?? [];
    expect(path?.backend.service).toEqual({ name: service.metadata?.name, port: { name: 'http' } });
  });

  it('are asked for health by name', () => {
    const { startupProbe, livenessProbe, readinessProbe } = container ?? {};
    expect([startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet)).toEqual([
      { path: '/health/live', port: 'http' },
      { path: '/health/live', port: 'http' },
      { path: '/health/ready', port: 'http' },
    ]);
  });
});

describe('the configuration', () => {
  it('is one that the service takes', () => {
    expect(Object.keys(env).filter((name) => !known.has(name))).toEqual([]);
    const { faults, warnings } = readDeployed(env, Object.values(secret.stringData ?? {}).join('\n'));
    expect([faults, warnings]).toEqual([[], []]);
  });

  it('is not upset by what Kubernetes sets by itself', () => {
    expect(pod?.enableServiceLinks).toBe(false);
    const prefix = `${service.metadata?.name?.toUpperCase()}_`;
    expect(readConfig({ [`${prefix}PORT`]: 'tcp://10.0.0.1:80' }).faults).toHaveLength(1);
  });

  it('leaves time for a stop', () => {
    const { READY_GRACE_MS, STOP_DEADLINE_MS } = readDeployed(env, '').config;
    expect(READY_GRACE_MS).toBeGreaterThan(0);
    expect(Number(pod?.terminationGracePeriodSeconds) * 1_000).toBeGreaterThan(READY_GRACE_MS + STOP_DEADLINE_MS);
  });

  it('has viewers heard of before the ingress gives them up', () => {
    const annotations = (readManifest('Ingress') as IIngress).metadata?.annotations ?? {};
    const seconds = ['read', 'send'].map((way) =>
      Number(annotations[`nginx.ingress.kubernetes.io/proxy-${way}-timeout`]),
    );
    const { HEARTBEAT_MS, PING_INTERVAL_MS } = new Config();
    for (const timeout of seconds)
      expect(timeout * 1_000).toBeGreaterThan(2 * Math.max(HEARTBEAT_MS, PING_INTERVAL_MS));
  });

  it('reads tokens from a file that the Secret has', () => {
    const volume = pod?.volumes?.find(({ name }) => name === 'tokens')?.secret;
    expect(volume).toEqual({ secretName: secret.metadata?.name, defaultMode: 0o440 });
    const directory = container?.volumeMounts?.find(({ name }) => name === 'tokens')?.mountPath;
    expect(Object.keys(secret.stringData ?? {}).map((key) => `${directory}/${key}`)).toEqual([
      env['WRITE_TOKENS_FILE'],
    ]);
  });
});

describe('the pod', () => {
  it('is one at a time', () => {
    expect(set?.replicas).toBe(1);
    expect(set?.serviceName).toBe(service.metadata?.name);
    expect(set?.volumeClaimTemplates?.map(({ spec }) => spec?.accessModes)).toEqual([['ReadWriteOnce']]);
  });

  it('is held to the restricted Pod Security Standard, with a root file system that nobody writes', () => {
    const [user, group] = onlyOne(readLastStage(), 'USER').split(':').map(Number);
    expect(pod?.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: group,
      fsGroup: group,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod?.containers.map(({ securityContext }) => securityContext)).toEqual([
      { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ]);
    for (const name of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers']) expect(pod).not.toHaveProperty(name);
    const kinds = pod?.volumes?.flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name'));
    expect(kinds?.toSorted()).toEqual(['emptyDir', 'secret']);
  });

  it('has its data where the service puts it, and every volume that it mounts', () => {
    const volumes = [...(pod?.volumes ?? []), ...(set?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata)];
    const mounts = container?.volumeMounts ?? [];
    const names = mounts.map(({ name }) => name);
    expect(names.toSorted()).toEqual(volumes.map((volume) => volume?.name ?? '').toSorted());
    expect(mounts.find(({ name }) => name === 'data')?.mountPath).toBe(readImageEnv()['DATA_DIR']);
  });

  it('has no token of the cluster, and may use bounded memory', () => {
    const account = readManifest('ServiceAccount') as IServiceAccount;
    expect([account.automountServiceAccountToken, pod?.automountServiceAccountToken]).toEqual([false, false]);
    expect(pod?.serviceAccountName).toBe(account.metadata?.name);
    expect(container?.resources).toMatchObject({
      requests: { memory: expect.any(String) },
      limits: { memory: '512Mi' },
    });
  });

  it('is reached by the ingress and by Prometheus alone, and calls nobody', () => {
    const { spec: policy } = readManifest('NetworkPolicy') as INetworkPolicy;
    expect(policy).toMatchObject({ policyTypes: ['Ingress', 'Egress'], egress: [] });
    const from = policy?.ingress?.map((rule) => rule.from?.map((peer) => peer.namespaceSelector?.matchLabels));
    const namespace = (name: string) => [{ 'kubernetes.io/metadata.name': name }];
    expect(from).toEqual([namespace('ingress-nginx'), namespace('monitoring')]);
  });
});
