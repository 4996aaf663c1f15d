/** The examples for browsers: a page of another origin, with the element and a WebSocket of its own, and a kiosk. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { startApp } from '../support/app.js';
import { createCaller } from '../support/api-client.js';
import { openPage } from '../support/browser.js';
import { startHttpServer } from '../support/http-server.js';
import { readProjectFile } from '../support/markdown.js';

const FOLDER = new URL('../../examples/browser/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' };

/** Serves the folder of the example, as `python3 -m http.server` does. @returns its origin */
async function serveExample(): Promise<string> {
  const { url: site } = await startHttpServer(({ url = '/' }, response) => {
    const [path = '/'] = url.split('?', 1);
    const name = path === '/' ? 'index.html' : path.slice(1);
    response.setHeader('Content-Type', `${TYPES[extname(name)] ?? 'text/plain'}; charset=utf-8`);
    response.end(readFileSync(new URL(name, FOLDER)));
  });
  return site;
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

it('examples/kiosk opens a board that shows its numbers without a hand on it', async () => {
  const { url } = await startApp({ STORE: 'memory' });
  await createCaller(url)('POST /dashboards/main/counters/orders/add', { amount: 1_234 });
  const [, board = ''] =
    /^Environment="BOARD=(.*)"$/m.exec(readProjectFile('examples/kiosk/tallyboard-kiosk.service')) ?? [];
  const page = await openPage(board.replace('http://127.0.0.1:8082', url));
  await page.getByText('1,234').first().waitFor();
  expect(await page.getByRole('button').filter({ visible: true }).count()).toBe(0);
});
