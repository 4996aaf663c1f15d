/**
 * Renders the Helm chart without Helm. Values are merged and validated by the schema here, and `helm-render/main.go`
 * runs the templates in Go with Helm's functions.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { parseAllDocuments } from 'yaml';
import { type KubernetesObject, readYaml } from './deploy-files.js';
import { readProjectFile } from './markdown.js';

export const CHART = 'deploy/helm/tallyboard';

type Values = Readonly<Record<string, unknown>>;

/** What `helm template` prints for one set of values: objects, notes, or the error of a template. */
export interface RenderedChart {
  readonly objects: readonly KubernetesObject[];
  readonly notes: string;
  readonly error: string | undefined;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const isMap = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Merges values as Helm does: maps are merged, anything else is replaced, and `null` removes a default. */
function mergeValues(defaults: Values, values: Values): Values {
  const merged = Object.entries(values).map(([name, value]) => {
    const base = defaults[name];
    return [name, isMap(base) && isMap(value) ? mergeValues(base, value) : value];
  });
  const all = { ...defaults, ...(Object.fromEntries(merged) as Values) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

const toValues = (values: Values): Values => mergeValues(readYaml(`${CHART}/values.yaml`) as Values, values);

const validate = new Ajv({ allErrors: true }).compile(
  JSON.parse(readProjectFile(`${CHART}/values.schema.json`)) as object,
);

/** @returns what the schema refuses in the merged values: pointers to the invalid ones; empty if they are valid */
export function findInvalidValues(values: Values): string[] {
  validate(toValues(values));
  return [
    ...new Set(
      (validate.errors ?? []).map(({ instancePath, params }) => {
        const { additionalProperty, propertyName, missingProperty } = params as Record<string, string | undefined>;
        const name = additionalProperty ?? propertyName ?? missingProperty;
        return name === undefined ? instancePath : `${instancePath}/${name}`;
      }),
    ),
  ];
}

/**
 * Renders the chart once for each set of values, all in one process.
 * @param release name of the release
 * @param cluster objects that the cluster has: `lookup` finds them
 * @throws Error if Go fails. It needs Debian's packages of sprig and ghodss/yaml.
 */
export function renderChart(
  sets: readonly Values[],
  release = 'tallyboard',
  cluster: readonly KubernetesObject[] = [],
): RenderedChart[] {
  const { name, version, appVersion } = readYaml(`${CHART}/Chart.yaml`) as Record<string, string>;
  const contexts = sets.map((values) => ({
    Values: toValues(values),
    Cluster: cluster,
    Release: { Name: release, Namespace: 'default', Service: 'Helm' },
    Chart: { Name: name, Version: version, AppVersion: appVersion },
  }));
  const { status, stdout, stderr } = spawnSync('go', ['run', 'test/support/helm-render/main.go', CHART], {
    cwd: ROOT,
    env: { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode' },
    input: JSON.stringify(contexts),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the chart was not rendered: ${stderr}`);
  return (JSON.parse(stdout) as Record<string, string>[]).map(
    ({ error, 'templates/NOTES.txt': notes = '', ...files }) => ({
      objects: Object.values(files).flatMap((text) => parseObjects(text)),
      notes,
      error,
    }),
  );
}

function parseObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text, { strict: true, uniqueKeys: true, merge: true }).flatMap((document) => {
    const [fault] = document.errors;
    if (fault) throw fault;
    const object = document.toJS() as KubernetesObject | null;
    return object ? [object] : [];
  });
}
