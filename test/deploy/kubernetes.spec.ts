/** The manifests are valid, and consistent with each other, the image and the configuration. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IService } from 'kubernetes-models/v1/Service';
import { Config } from '../../src/config/config.js';
import {
  findUnknownProperties,
  MANIFESTS,
  readImageEnv,
  readManifest,
  readManifests,
  readYaml,
  validateObject,
} from '../support/deploy-files.js';
import { readProjectFile } from '../support/markdown.js';

interface Kustomization {
  readonly resources: readonly string[];
  readonly images?: readonly { readonly name: string; readonly newTag: string }[];
  readonly configMapGenerator?: readonly { readonly files: readonly string[] }[];
}

const manifests = readManifests();
const service = readManifest('Service') as IService;
const LABELS = { 'app.kubernetes.io/name': 'tallyboard' };
const readSelector = (kind: 'StatefulSet' | 'Deployment') =>
  (readManifest(kind) as IStatefulSet | IDeployment).spec?.selector.matchLabels;
const readPolicySelector = (name?: string) =>
  (readManifest('NetworkPolicy', name) as INetworkPolicy).spec?.podSelector?.matchLabels;

describe('a manifest', () => {
  it.each(manifests.map(({ path, object }) => [path, object] as const))('%s is valid by its schema', (_, object) =>
    expect(validateObject(object)).resolves.toBeUndefined(),
  );

  it('has no unknown property', () => {
    expect(findUnknownProperties(manifests)).toEqual([]);
  });

  it('has no namespace, and the label of its application', () => {
    for (const { path, object } of manifests) {
      const { metadata } = object as { readonly metadata?: object };
      const name = path.includes('valkey') ? 'tallyboard-valkey' : 'tallyboard';
      expect([path, metadata]).toEqual([path, expect.objectContaining({ labels: { 'app.kubernetes.io/name': name } })]);
      expect(metadata).not.toHaveProperty('namespace');
    }
  });
});

describe.each(['base', 'one', 'many', 'valkey'])('%s/kustomization.yaml', (folder) => {
  const kustomization = readYaml(`${MANIFESTS}/${folder}/kustomization.yaml`) as Kustomization;

  it('lists every file of its folder', () => {
    const files = readdirSync(fileURLToPath(new URL(`../../${MANIFESTS}/${folder}`, import.meta.url)));
    const named = [
      ...kustomization.resources,
      ...(kustomization.configMapGenerator ?? []).flatMap(({ files: generated }) => generated),
    ];
    const beside = named.filter((name) => !name.startsWith('../'));
    expect(beside.toSorted()).toEqual(files.filter((file) => file !== 'kustomization.yaml').toSorted());
  });

  it('includes the shared base, and Valkey for many instances', () => {
    const basesByFolder: Record<string, string[]> = { one: ['../base'], many: ['../base', '../valkey'] };
    expect(kustomization.resources.filter((name) => name.startsWith('../'))).toEqual(basesByFolder[folder] ?? []);
  });

  it('names the image in the version of the package', () => {
    const { version } = JSON.parse(readProjectFile('package.json')) as { version: string };
    const isDeployable = folder === 'one' || folder === 'many';
    const image = expect.objectContaining({ name: 'tallyboard', newTag: version }) as object;
    expect(kustomization.images ?? []).toEqual(isDeployable ? [image] : []);
  });
});

describe('selectors', () => {
  it.each([
    ['the StatefulSet', readSelector('StatefulSet')],
    ['the Deployment', readSelector('Deployment')],
    ['the Service', service.spec?.selector],
    [
      'the PodDisruptionBudget',
      (readManifest('PodDisruptionBudget') as IPodDisruptionBudget).spec?.selector?.matchLabels,
    ],
    ['the NetworkPolicy', readPolicySelector()],
    ['the NetworkPolicy for Redis', readPolicySelector('tallyboard-redis')],
    ['the NetworkPolicy for calls out', readPolicySelector('tallyboard-calls-out')],
  ])('of %s match the pods', (_, selector) => {
    expect(selector).toEqual(LABELS);
  });

  it('of the ServiceMonitor match the Service', () => {
    const { spec } = readManifest('ServiceMonitor') as IServiceMonitor;
    expect(service.metadata?.labels).toMatchObject(spec?.selector.matchLabels ?? { none: true });
  });

  it('of the PodDisruptionBudget allow one eviction at a time', () => {
    const { spec } = readManifest('PodDisruptionBudget') as IPodDisruptionBudget;
    expect(spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  });
});

describe('access', () => {
  it('uses the same port names in every manifest', () => {
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

  const annotations = (readManifest('Ingress') as IIngress).metadata?.annotations ?? {};

  it('never makes the ingress repeat a request', () => {
    expect(annotations).toMatchObject({ 'nginx.ingress.kubernetes.io/proxy-next-upstream': 'off' });
  });

  it('sends heartbeats before the timeouts of the ingress', () => {
    const seconds = ['read', 'send'].map((direction) =>
      Number(annotations[`nginx.ingress.kubernetes.io/proxy-${direction}-timeout`]),
    );
    const { HEARTBEAT_MS, PING_INTERVAL_MS } = new Config();
    for (const timeout of seconds)
      expect(timeout * 1_000).toBeGreaterThan(2 * Math.max(HEARTBEAT_MS, PING_INTERVAL_MS));
  });

  it('lets only the ingress and Prometheus reach the pods, which call nothing', () => {
    const { spec: policy } = readManifest('NetworkPolicy') as INetworkPolicy;
    expect(policy).toMatchObject({ policyTypes: ['Ingress', 'Egress'], egress: [] });
    const from = policy?.ingress?.map((rule) => rule.from?.map((peer) => peer.namespaceSelector?.matchLabels));
    const namespace = (name: string) => [{ 'kubernetes.io/metadata.name': name }];
    expect(from).toEqual([namespace('ingress-nginx'), namespace('monitoring')]);
  });

  it('does not let the variables of the Service override the port', () => {
    expect(service.metadata?.name?.toUpperCase()).toBe('TALLYBOARD');
    expect(readImageEnv()).toHaveProperty('PORT');
  });
});
