/** The pods of the manifests: valid configuration, no privileges, and the same for one instance as for several. */
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { loadConfig } from '../../src/config/load-config.js';
import {
  KNOWN_VARIABLES as known,
  readDeployedConfig,
  readImageEnv,
  readInstruction,
  readLastStage,
  readManifest,
} from '../support/deploy-files.js';

const KINDS = ['StatefulSet', 'Deployment'] as const;
type Kind = (typeof KINDS)[number];

function readPod(kind: Kind) {
  const { spec } = readManifest(kind) as IStatefulSet | IDeployment;
  const pod = spec?.template.spec;
  const [container] = pod?.containers ?? [];
  const env = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
  const volume = pod?.volumes?.find(({ secret }) => secret !== undefined);
  const secret = readManifest('Secret', volume?.secret?.secretName) as ISecret;
  return { spec, pod, container, env, volume, secrets: secret.stringData ?? {} };
}

const PODS = Object.fromEntries(KINDS.map((kind) => [kind, readPod(kind)])) as Record<Kind, ReturnType<typeof readPod>>;
const { StatefulSet: single, Deployment: replicated } = PODS;

describe.each(KINDS)('the pod of the %s', (kind) => {
  const { spec, pod, container, env, volume, secrets } = PODS[kind];
  const findPort = (name: string) => container?.ports?.find((port) => port.name === name)?.containerPort;

  it('listens on the ports that it declares', () => {
    expect(String(findPort('http'))).toBe(readImageEnv()['PORT']);
    expect(String(findPort('metrics'))).toBe(env['METRICS_PORT']);
    expect(env).not.toHaveProperty('PORT');
  });

  it('has probes on the named port', () => {
    const { startupProbe, livenessProbe, readinessProbe } = container ?? {};
    expect([startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet)).toEqual([
      { path: '/health/live', port: 'http' },
      { path: '/health/live', port: 'http' },
      { path: '/health/ready', port: 'http' },
    ]);
  });

  it('has a valid configuration', () => {
    expect(Object.keys(env).filter((name) => !known.has(name))).toEqual([]);
    const { faults, warnings } = readDeployedConfig(env, secrets);
    expect([faults, warnings]).toEqual([[], []]);
  });

  it('has a token that may change counters, and one that may make dashboards', () => {
    const { WRITE_TOKENS, ADMIN_TOKENS } = readDeployedConfig(env, secrets).config;
    expect([WRITE_TOKENS, ADMIN_TOKENS].map(({ tokens }) => tokens.map(({ name }) => name))).toEqual([
      ['till'],
      ['admin'],
    ]);
  });

  it('does not get the variables that Kubernetes derives from Services', () => {
    expect(pod?.enableServiceLinks).toBe(false);
    expect(loadConfig({ TALLYBOARD_PORT: 'tcp://10.0.0.1:80' }).faults).toHaveLength(1);
  });

  it('has enough time to shut down', () => {
    const { READY_GRACE_MS, STOP_DEADLINE_MS } = readDeployedConfig(env, secrets).config;
    expect(READY_GRACE_MS).toBeGreaterThan(0);
    expect(Number(pod?.terminationGracePeriodSeconds) * 1_000).toBeGreaterThan(READY_GRACE_MS + STOP_DEADLINE_MS);
  });

  it('reads all of its secrets from files of the Secret', () => {
    expect(volume?.secret?.defaultMode).toBe(0o440);
    const directory = container?.volumeMounts?.find(({ name }) => name === volume?.name)?.mountPath;
    const files = Object.entries(env).flatMap(([name, value]) => (name.endsWith('_FILE') ? [value] : []));
    const mountedFiles = Object.keys(secrets).map((key) => `${directory}/${key}`);
    expect(new Set(files)).toEqual(new Set(mountedFiles));
  });

  it('meets the restricted Pod Security Standard, with a read-only root file system', () => {
    const [user, group] = readInstruction(readLastStage(), 'USER').split(':').map(Number);
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
    const kinds = pod?.volumes?.flatMap((each) => Object.keys(each).filter((key) => key !== 'name'));
    expect(kinds?.filter((each) => !['emptyDir', 'secret'].includes(each))).toEqual([]);
  });

  it('mounts all of its volumes', () => {
    const claims = spec && 'volumeClaimTemplates' in spec ? (spec.volumeClaimTemplates ?? []) : [];
    const volumes = [...(pod?.volumes ?? []), ...claims.map(({ metadata }) => metadata)];
    const names = container?.volumeMounts?.map(({ name }) => name) ?? [];
    expect(names.toSorted()).toEqual(volumes.map((each) => each?.name ?? '').toSorted());
  });

  it('has no service account token, and bounded memory', () => {
    const account = readManifest('ServiceAccount') as IServiceAccount;
    expect([account.automountServiceAccountToken, pod?.automountServiceAccountToken]).toEqual([false, false]);
    expect(pod?.serviceAccountName).toBe(account.metadata?.name);
    expect(container?.resources).toMatchObject({
      requests: { cpu: expect.any(String), memory: expect.any(String) },
      limits: { memory: '512Mi' },
    });
    expect(container?.resources?.limits).not.toHaveProperty('cpu');
  });
});

it('an embedded store has one replica, and mounts its volume at the data directory', () => {
  const { spec, container } = single;
  if (!spec || !('serviceName' in spec)) throw new Error('it is no StatefulSet');
  expect(spec.replicas).toBe(1);
  expect(spec.volumeClaimTemplates?.map((claim) => claim.spec?.accessModes)).toEqual([['ReadWriteOnce']]);
  expect(container?.volumeMounts?.find(({ name }) => name === 'data')?.mountPath).toBe(readImageEnv()['DATA_DIR']);
});

it.each(['tallyboard', 'tallyboard-valkey'])(
  'a headless Service without metrics governs the pods of the StatefulSet %s',
  (name) => {
    const { spec } = readManifest('StatefulSet', name) as IStatefulSet;
    const { spec: service } = readManifest('Service', spec?.serviceName) as IService;
    expect(spec?.serviceName).toBe(`${name}-headless`);
    expect(service).toMatchObject({ clusterIP: 'None', selector: spec?.selector.matchLabels });
    expect(service?.ports?.map((port) => port.name)).toEqual([name === 'tallyboard' ? 'http' : 'valkey']);
  },
);

it('replicated pods differ from the single one only in the store', () => {
  const { env: singleEnv, container: first } = single;
  const { env: replicatedEnv, container: another } = replicated;
  const storeVariables = new Set(['STORE', 'REDIS_URL_FILE', 'TICKET_SECRET_FILE']);
  expect(Object.fromEntries(Object.entries(replicatedEnv).filter(([name]) => !storeVariables.has(name)))).toEqual(
    singleEnv,
  );
  for (const part of ['name', 'image', 'ports', 'livenessProbe', 'readinessProbe', 'securityContext'] as const)
    expect(another?.[part]).toEqual(first?.[part]);
  const differingFields = new Set(['containers', 'volumes', 'topologySpreadConstraints']);
  const pickSharedFields = (pod: object = {}) =>
    Object.fromEntries(Object.entries(pod).filter(([name]) => !differingFields.has(name)));
  expect(pickSharedFields(replicated.pod)).toEqual(pickSharedFields(single.pod));
});
