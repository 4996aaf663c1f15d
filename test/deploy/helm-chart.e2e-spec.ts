/** The Helm chart gives what the kustomize folders give, in both forms, and its options give the examples. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { parseAllDocuments } from 'yaml';
import {
  findUnknownProperties,
  type KubernetesObject,
  MANIFESTS,
  readDeployedConfig,
  readYaml,
  validateObject,
} from '../support/deploy-files.js';
import { CHART, renderChart } from '../support/helm-chart.js';
import { HELM_SETS } from '../support/helm-sets.js';
import { foldKustomization } from '../support/kustomize.js';
import { readProjectFile } from '../support/markdown.js';

const rendered = Object.fromEntries(
  renderChart(Object.values(HELM_SETS)).map((chart, index) => [Object.keys(HELM_SETS)[index], chart]),
) as Record<keyof typeof HELM_SETS, ReturnType<typeof renderChart>[number]>;
const [another] = renderChart([{}], 'shop');

/** Labels and annotations that Helm's charts have and kustomize's folders have not. */
const HELM_KEYS = /^(helm\.sh\/.*|checksum\/.*|app\.kubernetes\.io\/(instance|version|managed-by))$/;
const isHook = ({ metadata }: KubernetesObject): boolean => metadata?.annotations?.['helm.sh/hook'] !== undefined;
const toKey = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata?.name}`;

/** Drops what is Helm's own, sorts environment variables, and keys objects by kind and name. */
function normalize(objects: readonly KubernetesObject[]): Record<string, unknown> {
  const cleaned = JSON.parse(JSON.stringify(objects), (key, value: unknown) => {
    if (HELM_KEYS.test(key)) return undefined;
    if (key === 'annotations' && Object.keys(value as object).length === 0) return undefined;
    if (key === 'env') return (value as { name: string }[]).toSorted((a, b) => a.name.localeCompare(b.name));
    return value;
  }) as KubernetesObject[];
  return Object.fromEntries(cleaned.map((object) => [toKey(object), object]));
}

function find(objects: readonly KubernetesObject[], kind: string, name = 'tallyboard'): unknown {
  return objects.find((object) => toKey(object) === `${kind} ${name}`);
}

/** Returns the pods of objects: their own, or those of their templates. */
function listPods(objects: readonly KubernetesObject[]): IPodSpec[] {
  const pods: IPodSpec[] = [];
  JSON.stringify(objects, (_, value: unknown) => {
    if (typeof value === 'object' && value !== null && 'containers' in value) pods.push(value as IPodSpec);
    return value;
  });
  return pods;
}

describe.each(['one', 'many'] as const)('the form %s', (form) => {
  const folder = `${MANIFESTS}/${form}`;

  it('gives the objects of the kustomize folder', () => {
    const { objects, error } = rendered[form];
    expect(error).toBeUndefined();
    expect(normalize(objects.filter((object) => !isHook(object)))).toEqual(normalize(foldKustomization(folder)));
  });

  it('is compared with what kubectl gives, where it is installed', () => {
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const { error, status, stdout } = spawnSync('kubectl', ['kustomize', folder], { cwd, encoding: 'utf8' });
    if (error) return;
    expect(status).toBe(0);
    const withoutHash = stdout.replaceAll(/(name: tallyboard-valkey)-[0-9a-z]{10}$/gm, '$1');
    const objects = parseAllDocuments(withoutHash).map((document) => document.toJS() as KubernetesObject);
    expect(normalize(foldKustomization(folder))).toEqual(normalize(objects));
  });
});

describe('an option', () => {
  const { objects } = rendered.everything;

  it.each(['ingress', 'servicemonitor', 'backup-claim', 'backup-cronjob'])(
    'gives the object of examples/%s.yaml',
    (name) => {
      const example = readYaml(`${MANIFESTS}/examples/${name}.yaml`) as KubernetesObject;
      expect(normalize(objects)[toKey(example)]).toEqual(normalize([example])[toKey(example)]);
    },
  );

  it('routes from a gateway, without an end for viewers', () => {
    expect(find(objects, 'HTTPRoute')).toEqual({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: expect.objectContaining({ name: 'tallyboard' }),
      spec: {
        parentRefs: [{ name: 'front' }],
        hostnames: ['counters.example.org'],
        rules: [{ backendRefs: [{ name: 'tallyboard', port: 80 }], timeouts: { request: '0s' } }],
      },
    });
  });

  it('uses another Redis in place of Valkey, and a fixed number of pods', () => {
    const { objects: own } = rendered.ownRedis;
    expect(own.map((object) => toKey(object)).filter((key) => /valkey|HorizontalPod/.test(key))).toEqual([]);
    expect(find(own, 'Deployment')).toMatchObject({ spec: { replicas: 3 } });
    expect(find(own, 'NetworkPolicy', 'tallyboard-redis')).toMatchObject({
      spec: { egress: [{ to: [{ ipBlock: { cidr: '10.0.0.7/32' } }], ports: [{ port: 6379 }] }, {}] },
    });
  });

  it.each([
    ['noRedis', 'many.redis.url is empty: set it'],
    ['halfSecrets', 'many.valkey.existingSecret needs existingSecret'],
  ] as const)('fails with a message where %s is set', (name, message) => {
    expect(rendered[name].error).toContain(message);
  });

  it('changes what it names, and no more', () => {
    const { objects: set } = rendered.settings;
    expect(find(set, 'StatefulSet', 'board')).toMatchObject({
      spec: {
        serviceName: 'board-headless',
        volumeClaimTemplates: [{ spec: { storageClassName: 'fast', resources: { requests: { storage: '20Gi' } } } }],
        template: {
          metadata: { labels: { team: 'shop' }, annotations: { 'example.org/team': 'shop' } },
          spec: {
            nodeSelector: { disk: 'ssd' },
            tolerations: [{ key: 'data', operator: 'Exists' }],
            affinity: { nodeAffinity: {} },
            priorityClassName: 'high',
            imagePullSecrets: [{ name: 'registry' }],
            terminationGracePeriodSeconds: 71,
            containers: [
              {
                image: `registry.example.org/tallyboard@sha256:${'0'.repeat(64)}`,
                imagePullPolicy: 'Always',
                ports: [{}, { name: 'metrics', containerPort: 9999 }],
              },
            ],
          },
        },
      },
    });
    expect(find(set, 'Service', 'board')).toMatchObject({
      metadata: { annotations: { 'example.org/internal': 'true' } },
      spec: { type: 'LoadBalancer', ports: [{ port: 8080 }, {}] },
    });
    expect(find(set, 'NetworkPolicy', 'board')).toMatchObject({
      spec: { ingress: [{}], egress: [{ ports: [{ port: 443 }] }] },
    });
    expect(find(set, 'PodDisruptionBudget', 'board')).toBeUndefined();
  });
});

describe('the Secrets of the chart', () => {
  it.each(['ownSecret', 'ownSecrets', 'ownRedis'] as const)('configure the service: %s', (name) => {
    const { objects } = rendered[name];
    const { data } = find(objects, 'Secret', 'tallyboard-secrets') as { readonly data: Record<string, string> };
    const secrets = Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
    );
    const [container] = listPods(objects.filter(({ kind }) => /^(StatefulSet|Deployment)$/.test(kind))).flatMap(
      ({ containers }) => containers.filter((each) => each.name === 'tallyboard'),
    );
    const env = Object.fromEntries((container?.env ?? []).map((each) => [each.name, each.value]));
    const { config, faults, warnings } = readDeployedConfig(env, secrets);
    expect([faults, warnings]).toEqual([[], []]);
    expect([config.WRITE_TOKENS, config.ADMIN_TOKENS].map(({ tokens }) => tokens[0]?.name)).toEqual(['till', 'admin']);
    const valkey = find(objects, 'Secret', 'tallyboard-valkey') as
      { readonly data: Record<string, string> } | undefined;
    const password = Buffer.from(valkey?.data['password.conf'] ?? '', 'base64').toString();
    const line = `requirepass ${new URL(secrets['redis-url'] ?? 'redis://').password}\n`;
    expect(password).toBe(name === 'ownSecrets' ? line : '');
  });

  it('are the same after an upgrade, also to the other form and back', () => {
    const pick = (objects: readonly KubernetesObject[]) => objects.filter(({ kind }) => kind === 'Secret');
    const before = pick(rendered.ownSecrets.objects);
    const [many, one] = renderChart([{ form: 'many' }, { form: 'one' }], 'tallyboard', before);
    expect(pick(many?.objects ?? [])).toEqual(before);
    const { data } = before[0] as unknown as { readonly data: Record<string, string> };
    const { 'redis-url': _, ...kept } = data;
    expect(pick(one?.objects ?? [])).toMatchObject([{ data: kept }]);
  });

  it('differ between renderings, and stay when the release is removed', () => {
    const secret = find(rendered.ownSecret.objects, 'Secret', 'tallyboard-secrets');
    expect(secret).toMatchObject({ metadata: { annotations: { 'helm.sh/resource-policy': 'keep' } } });
    const other = find(another?.objects ?? [], 'Secret', 'shop-tallyboard-secrets');
    expect((other as { readonly data: object }).data).not.toEqual((secret as { readonly data: object }).data);
  });
});

describe('every object', () => {
  const all = [...Object.values(rendered), another].flatMap((chart) => chart?.objects ?? []);
  const known = all.filter(({ kind }) => kind !== 'HTTPRoute');

  it('is valid by its schema, without unknown properties', async () => {
    for (const object of known) await expect(validateObject(object)).resolves.toBeUndefined();
    expect(findUnknownProperties(known.map((object) => ({ path: toKey(object), object })))).toEqual([]);
  });

  it('is the only one of its name in its release, and has the labels of the release', () => {
    for (const chart of Object.values(rendered)) {
      const keys = chart.objects.map((object) => toKey(object));
      expect(keys).toEqual([...new Set(keys)]);
    }
    for (const { metadata } of another?.objects ?? [])
      expect([metadata?.name, metadata?.labels]).toEqual([
        expect.stringMatching(/^shop-tallyboard(-|$)/),
        expect.objectContaining({ 'app.kubernetes.io/instance': 'shop', 'app.kubernetes.io/managed-by': 'Helm' }),
      ]);
  });

  it('meets the restricted Pod Security Standard, with a read-only root file system', () => {
    const pods = listPods(all);
    expect(pods.length).toBeGreaterThan(10);
    for (const pod of pods) {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const { securityContext, resources } of pod.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(resources?.limits).toHaveProperty('memory');
      }
    }
  });
});

it('the notes say how to open the page, and where the tokens are', () => {
  expect(rendered.everything.notes).toContain('Open https://counters.example.org');
  expect(rendered.ownSecret.notes).toContain('port-forward service/tallyboard 8082:80');
  for (const { notes } of [rendered.ownSecret, rendered.ownSecrets])
    expect(notes).toContain("get secret tallyboard-secrets -o jsonpath='{.data.admin-tokens}'");
  expect(rendered.many.notes).toContain(
    'ticket-secret and redis-url, and the Secret tallyboard-valkey with the key password.conf.',
  );
});

it('Chart.yaml has the version of the package', () => {
  const { version, description } = JSON.parse(readProjectFile('package.json')) as Record<string, string>;
  expect(readYaml(`${CHART}/Chart.yaml`)).toMatchObject({
    name: 'tallyboard',
    version,
    appVersion: version,
    description,
  });
});
