/** values.schema.json accepts what the chart can use, and refuses everything else. */
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load-config.js';
import { KNOWN_VARIABLES, readYaml } from '../support/deploy-files.js';
import { CHART, findInvalidValues } from '../support/helm-chart.js';
import { HELM_SETS } from '../support/helm-sets.js';
import { readProjectFile } from '../support/markdown.js';

describe('values.schema.json', () => {
  it.each(Object.entries(HELM_SETS))('accepts the values of the tests: %s', (_, values) => {
    expect(findInvalidValues(values)).toEqual([]);
  });

  it.each([
    [{ form: 'several' }, '/form'],
    [{ replicas: 3 }, '/replicas'],
    [{ one: { persistance: {} } }, '/one/persistance'],
    [{ one: { persistence: { size: 'large' } } }, '/one/persistence/size'],
    [{ service: { port: '80' } }, '/service/port'],
    [{ variables: { STOP_DEADLINE_MS: 10_000 } }, '/variables/STOP_DEADLINE_MS'],
    [{ variables: { METRICS_PORT: null } }, '/variables/METRICS_PORT'],
    [{ variables: { MAX_VIEWER: '5' } }, '/variables/MAX_VIEWER'],
    [{ variables: { WRITE_TOKENS: 'till:0123456789abcdef' } }, '/variables/WRITE_TOKENS'],
    [{ many: { redis: { url: 'http://redis' } } }, '/many/redis/url'],
    [{ image: { digest: 'sha256:0' } }, '/image/digest'],
    [{ httpRoute: { enabled: true } }, '/httpRoute/parentRefs'],
    [{ networkPolicy: { clients: [] } }, '/networkPolicy/clients'],
  ])('refuses %j', (values, pointer) => {
    expect(findInvalidValues(values)).toContain(pointer);
  });

  it('accepts the example of the documentation', () => {
    const [, example = ''] = /```yaml\n([^]*?)```/.exec(readProjectFile('docs/how-to/helm.md')) ?? [];
    const values = parse(example) as Record<string, unknown>;
    expect([Object.keys(values).length > 3, findInvalidValues(values)]).toEqual([true, []]);
  });

  it('knows every variable but those that the chart sets, that hold secrets, or that name files', () => {
    const { properties } = JSON.parse(readProjectFile(`${CHART}/values.schema.json`)) as {
      readonly properties: {
        readonly variables: {
          readonly propertyNames: { readonly anyOf: readonly [{ readonly enum: readonly string[] }] };
        };
      };
    };
    const refused =
      /_FILE$|_TOKENS$|^(HOST|PORT|DATA_DIR|STORE|BASE_PATH|METRICS_HOST|TICKET_SECRET|REDIS_URL|REDIS_SENTINEL_PASSWORD|UPSTREAM_.*)$/;
    const variables = [...KNOWN_VARIABLES].filter((name) => !refused.test(name));
    expect(properties.variables.propertyNames.anyOf[0].enum.toSorted()).toEqual(variables.toSorted());
    const { variables: defaults } = readYaml(`${CHART}/values.yaml`) as { readonly variables: Record<string, string> };
    expect(loadConfig({ ...defaults, ALLOW_ANONYMOUS: 'read' }).faults).toEqual([]);
  });
});
