/** The example for browsers shows the counters of another origin, with the element and with a WebSocket of its own. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { startApp } from '../support/app.js';
import { createCaller } from '../support/api-client.js';
import { openPage } from '../support/browser.js';
import { afterTest } from '../support/cleanup.js';

const FOLDER = new URL('../../examples/browser/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' };

/** Serves the folder of the example, as `python3 -m http.server` does. @returns its origin */
async function serveExample(): Promise<string> {
  const server = createServer(({ url = '/' }, response) => {
    const [path = '/'] = url.split('?', 1);
    const name = path === '/' ? 'index.html' : path.slice(1);
    response.setHeader('Content-Type', `${TYPES[extname(name)] ?? 'text/plain'}; charset=utf-8`);
    response.end(readFileSync(new URL(name, FOLDER)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('examples/browser shows each counter, and a change at once', async () => {
  const site = await serveExample();
  const { url } = await startApp({ ALLOWED_ORIGINS: [site] });
  const asking = new RegExp(`^another host: (http|ws)://${new URL(url).host}/`);
  const page = await openPage(`${site}/?service=${url}`, { expectedErrors: [asking] });
  await page.getByRole('status').getByText('live').waitFor();
  await createCaller(url)('POST /dashboards/main/counters/orders/add', { amount: 1_234 });
  await page.getByRole('definition').filter({ hasText: '1,234' }).waitFor();
  await page.locator('live-counter[state=live]').getByText('1,234').waitFor();
});
