/** The recipes for backups fit the store, the image and the manifests. */
import type { ICronJob } from 'kubernetes-models/batch/v1/CronJob';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import type { IService } from 'kubernetes-models/v1/Service';
import { readManifest, readYaml } from '../support/deploy-files.js';
import { readProjectFile } from '../support/markdown.js';

/** Keys that Litestream 0.3.13 knows. It ignores others, so a misspelled one would have no effect. */
const DATABASE_KEYS = new Set(['path', 'replicas', 'busy-timeout', 'checkpoint-interval', 'monitor-interval']);
const REPLICA_KEYS = new Set(['path', 'url', 'sync-interval', 'snapshot-interval', 'retention', 'validation-interval']);

it('litestream.yml replicates the file of the store, with settings that Litestream knows', () => {
  const { dbs, ...rest } = readYaml('deploy/backup/litestream.yml') as {
    readonly dbs: readonly { readonly path: string; readonly replicas: readonly object[] }[];
  };
  expect(rest).toEqual({});
  expect(dbs.map(({ path }) => path)).toEqual(['/var/lib/tallyboard/tallyboard.db']);
  expect(dbs.flatMap((database) => Object.keys(database)).filter((key) => !DATABASE_KEYS.has(key))).toEqual([]);
  const replicas = dbs.flatMap((database) => database.replicas);
  expect(replicas.flatMap((replica) => Object.keys(replica)).filter((key) => !REPLICA_KEYS.has(key))).toEqual([]);
});

describe.each([
  ['backup-cronjob.yaml', (readManifest('CronJob', 'tallyboard-backup') as ICronJob).spec?.jobTemplate.spec],
  ['restore-job.yaml', (readManifest('Job', 'tallyboard-restore') as IJob).spec],
])('%s', (_, job) => {
  const pod = job?.template.spec;
  const [container] = pod?.containers ?? [];
  const statefulSet = readManifest('StatefulSet') as IStatefulSet;
  const storePod = statefulSet.spec?.template.spec;
  const [storeContainer] = storePod?.containers ?? [];

  it('has the rights and limits of the pod of the store', () => {
    for (const field of [
      'securityContext',
      'serviceAccountName',
      'automountServiceAccountToken',
      'enableServiceLinks',
    ] as const)
      expect(pod?.[field]).toEqual(storePod?.[field]);
    expect(container?.securityContext).toEqual(storeContainer?.securityContext);
    expect(container?.resources?.limits).toEqual(storeContainer?.resources?.limits);
  });

  it('mounts the data of the store, and the volume for the copies', () => {
    const [data] = statefulSet.spec?.volumeClaimTemplates ?? [];
    const backups = readManifest('PersistentVolumeClaim', 'tallyboard-backups') as IPersistentVolumeClaim;
    const claims = pod?.volumes?.flatMap(({ persistentVolumeClaim: claim }) => claim?.claimName ?? []);
    expect(claims).toEqual([`${data?.metadata?.name}-${statefulSet.metadata?.name}-0`, backups.metadata?.name]);
    const mounts = container?.volumeMounts?.map(({ name }) => name).toSorted();
    expect(mounts).toEqual(pod?.volumes?.map(({ name }) => name).toSorted());
  });

  it('gets no requests of clients, and runs the image of the package', () => {
    const { spec: service } = readManifest('Service') as IService;
    expect(job?.template.metadata?.labels).not.toMatchObject(service?.selector ?? {});
    const { version } = JSON.parse(readProjectFile('package.json')) as { readonly version: string };
    expect(container?.image).toBe(`registry.example.org/tallyboard:${version}`);
  });
});

it('the backup runs on the node of the pod, where the volume of the data is mounted', () => {
  const { spec } = readManifest('CronJob', 'tallyboard-backup') as ICronJob;
  const affinity = spec?.jobTemplate.spec?.template.spec?.affinity?.podAffinity;
  expect(affinity?.requiredDuringSchedulingIgnoredDuringExecution).toEqual([
    {
      topologyKey: 'kubernetes.io/hostname',
      labelSelector: (readManifest('StatefulSet') as IStatefulSet).spec?.selector,
    },
  ]);
});
