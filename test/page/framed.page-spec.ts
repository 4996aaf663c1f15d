/** The page in a frame of another site. */
import { startApi } from '../support/api-client.js';
import { openPage } from '../support/browser.js';
import { startHttpServer } from '../support/http-server.js';

/** Starts a site whose page shows the URL in its query in a frame. @returns its origin */
async function startSite(): Promise<string> {
  const { url } = await startHttpServer(({ url: target = '' }, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' });
    const [, framed = ''] = target.split('?', 2);
    response.end(`<!doctype html><title>Site</title><link rel="icon" href="data:,"><iframe src="${framed}"></iframe>`);
  });
  return url;
}

it('a site of ALLOWED_ORIGINS can show the page in a frame, live, and another one cannot', async () => {
  const [allowed, other] = [await startSite(), await startSite()];
  const { url, call } = await startApi({ ALLOWED_ORIGINS: [allowed] });
  const expectedErrors = [/^another host: (http|ws):\/\/127\.0\.0\.1:/];
  await call('POST /dashboards/main/changes', { changes: [{ counter: 'orders', to: 41_206 }] });
  const site = await openPage(`${allowed}/?${url}/`, { expectedErrors });
  const board = site.frameLocator('iframe').locator('body');
  await board.getByText('41,206').first().waitFor();
  await call('POST /order');
  await board.getByText('41,207').first().waitFor();

  const stranger = await openPage(`${other}/?${url}/`, {
    expectedErrors: [
      ...expectedErrors,
      /^console: (Refused to frame|Framing) .*frame-ancestors/,
      /^failed: GET .* net::ERR_BLOCKED_BY_RESPONSE/,
    ],
  });
  expect(stranger.frames().at(-1)?.url()).toBe('chrome-error://chromewebdata/');
});
