/** The pod of `helm test`, run against services: it succeeds where changes need a token. */
import type { IPod } from 'kubernetes-models/v1/Pod';
import { renderChart } from '../support/helm-chart.js';
import { startCommand } from '../support/cli-process.js';
import { startService } from '../support/service.js';

it('the test of the chart fails for a service that accepts changes without a token', async () => {
  const [chart] = renderChart([{}]);
  const pod = chart?.objects.find(({ kind }) => kind === 'Pod') as IPod | undefined;
  const [program, ...words] = pod?.spec?.containers[0]?.command ?? [];
  expect([program, words.pop()]).toEqual(['node', 'http://tallyboard:80']);
  const open = await startService({ STORE: 'memory' });
  const closed = await startService({
    STORE: 'memory',
    WRITE_TOKENS: 'till:0123456789abcdef',
    ALLOW_ANONYMOUS: 'read',
  });
  const runs = [open, closed].map(({ url }) => startCommand([...words, url], {}, process.execPath));
  expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([1, 0]);
  expect(runs.map(({ stdout }) => stdout())).toEqual([
    'ready: 200, a change without a token: 200\n',
    'ready: 200, a change without a token: 401\n',
  ]);
});
