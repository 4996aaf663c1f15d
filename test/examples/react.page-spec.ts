/** The example for React is served as its README says, shows counters live and changes them. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findFreePorts } from '../harness/free-ports.js';
import { createCaller } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { openPage } from '../support/browser.js';
import { afterTest, eventually } from '../support/cleanup.js';
import { readProjectFile } from '../support/markdown.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs the command of the README that serves the page, on a free port. @returns the origin of the page */
async function serveExample(): Promise<string> {
  const [, options = ''] = /^npx esbuild (.*)$/m.exec(readProjectFile('examples/react/README.md')) ?? [];
  const [port = 0] = await findFreePorts(1);
  const args = options.replace(':8000', `:${port}`).split(' ');
  // It serves until its input is closed.
  const child = spawn('node_modules/.bin/esbuild', args, { cwd: ROOT, stdio: ['pipe', 'ignore', 'ignore'] });
  afterTest(() => child.kill());
  const site = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`${site}/main.js`).catch(() => undefined))?.ok === true);
  return site;
}

it('examples/react shows each counter, changes one, and says why a change is refused', async () => {
  const site = await serveExample();
  const { url } = await startApp({ ALLOWED_ORIGINS: [site] });
  const asking = new RegExp(`^another host: (http|ws)://${new URL(url).host}/`);
  const page = await openPage(`${site}/?service=${url}`, { expectedErrors: [asking, /status of 400/] });
  await page.getByRole('status').getByText('live').waitFor();
  await createCaller(url)('POST /dashboards/main/counters/orders/add', { amount: 1_233 });
  await page.getByRole('heading', { name: 'Orders: 1,233' }).waitFor();
  await page.getByRole('button', { name: 'Add an order' }).click();
  await page.getByRole('listitem').filter({ hasText: 'Orders: 1,234' }).waitFor();
  await createCaller(url)('POST /dashboards/main/counters/orders/remove', { amount: 1_234 });
  await page.getByRole('heading', { name: 'Orders: 0' }).waitFor();
  await page.getByRole('button', { name: 'Remove an order' }).click();
  await page.getByRole('alert').getByText('no order remains to remove').waitFor();
});
