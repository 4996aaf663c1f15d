/** The example for Node counts once with its key, and shows the result. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startApp } from '../support/app.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/node-client/main.mjs', import.meta.url));

it('examples/node-client counts two orders, repeats them without effect, and watches them', async () => {
  const { url, dashboard } = await startApp();
  const { stdout } = await promisify(execFile)(process.execPath, [EXAMPLE, url]);
  expect(stdout.trim().split('\n').toSorted()).toEqual(
    [
      'revision 0: 0 orders',
      'status: live',
      'counted: 2 orders at revision 1',
      'revision 1: 2 orders',
      'repeated: 2 orders, replayed: true',
      'last hour: 2 orders added',
      'status: closed',
    ].toSorted(),
  );
  expect((await dashboard()).counters).toMatchObject({ orders: 2 });
});
