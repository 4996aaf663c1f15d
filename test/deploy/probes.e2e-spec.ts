/** A service configured as in the manifests answers their probes and serves metrics where they expect them. */
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import { readImageEnv, readManifest, writeSecretFiles } from '../support/deploy-files.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { startService } from '../support/service.js';

it('the service answers the probes and the metrics endpoint of the manifests', async () => {
  const [container] = (readManifest('StatefulSet') as IStatefulSet).spec?.template.spec?.containers ?? [];
  const { stringData = {} } = readManifest('Secret', 'tallyboard-tokens') as ISecret;
  const env = Object.fromEntries((container?.env ?? []).map(({ name, value = '' }) => [name, value]));
  const overrides = { HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0', DATA_DIR: createTempDirectory() };
  Object.assign(overrides, writeSecretFiles(env, stringData));
  const { url, stop, output } = await startService({ ...readImageEnv(), ...env, ...overrides, READY_GRACE_MS: '0' });

  const { startupProbe, livenessProbe, readinessProbe } = container ?? {};
  // Kubernetes sends probes to the address of the pod.
  for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
    const response = await fetch(`${url}${probe?.httpGet?.path}`, { headers: { Accept: '*/*' } });
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  }
  const [endpoint] = (readManifest('ServiceMonitor') as IServiceMonitor).spec?.endpoints ?? [];
  const metrics = /Metrics at (http:[\d./:]+)\/metrics/.exec(output())?.[1];
  expect(await (await fetch(`${metrics}${endpoint?.path}`)).text()).toContain('tallyboard_build_info');
  expect((await fetch(`${url}/order`, { method: 'POST' })).status).toBe(401);
  expect(await stop()).toBe(0);
});
