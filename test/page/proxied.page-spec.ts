/** The page behind a reverse proxy with TLS and a path: page, WebSocket and API documents. */
import { createCaller } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { openPage } from '../support/browser.js';
import { findTile, waitForEqual, waitForState, readTileValues } from '../support/dashboard-page.js';
import { startReverseProxy } from '../support/reverse-proxy.js';

const PREFIX = '/tally';

describe.each(['preserved', 'stripped'] as const)('nginx with TLS, path: %s', (pathMode) => {
  const start = async () => {
    const { port } = await startApp({ BASE_PATH: pathMode === 'preserved' ? PREFIX : '', TRUST_PROXY: 'loopback' });
    return startReverseProxy('nginx', { servicePort: port, pathMode });
  };

  it('the page is live, counts, and links to the API documents', async () => {
    const proxy = await start();
    const sockets: string[] = [];
    const page = await openPage(`${proxy.url}/#/main?range=5m`, {
      ignoreHTTPSErrors: true,
      // Browsers request it for JSON documents, which cannot name an icon.
      expectedErrors: [/favicon\.ico/],
      prepare: (fresh) => void fresh.on('websocket', (socket) => sockets.push(socket.url())),
    });
    await waitForState(page, 'live');
    await findTile(page, 'orders')
      .getByRole('button', { name: /^Add one/ })
      .click();
    await waitForEqual(() => readTileValues(page), { orders: 1, customers: 0, products: 0 });
    expect(sockets).toEqual([`wss://127.0.0.1:${proxy.port}${PREFIX}/dashboards/main?totals&periods=day`]);
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('link', { name: 'API documentation' }).click();
    await page
      .getByRole('heading', { name: /Tallyboard/ })
      .first()
      .waitFor();
    expect(new URL(page.url()).pathname).toBe(`${PREFIX}/docs`);
  });

  it('a missing trailing slash is added', async () => {
    const proxy = await start();
    const page = await openPage(proxy.url, { ignoreHTTPSErrors: true });
    await waitForState(page, 'live');
    expect(new URL(page.url()).pathname).toBe(`${PREFIX}/`);
  });
});

it('the page is degraded while the service cannot reach its store', async () => {
  const { url } = await startApp();
  const page = await openPage(`${url}/`, {
    prepare: (fresh) =>
      fresh.routeWebSocket(/dashboards/, (socket) => {
        const server = socket.connectToServer();
        server.onMessage((message) => {
          socket.send(message);
          const { counters } = JSON.parse(String(message)) as { counters?: { orders?: number } };
          const status = { type: 'status', degraded: counters?.orders === 1, since: Date.now() - 5_000 };
          socket.send(JSON.stringify(status));
        });
      }),
  });
  await waitForState(page, 'live');
  await createCaller(url)('POST /order');
  await waitForState(page, 'degraded');
  await page.getByText(/^May be behind since \d\d:\d\d$/).waitFor();
  await page.getByText('The service cannot reach its store.').waitFor();
  expect(await page.title()).toContain('degraded');
  await createCaller(url)('POST /order');
  await waitForState(page, 'live');
});
