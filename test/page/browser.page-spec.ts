/** The browser helpers of the tests: every fault of a page fails the test that opened it. */
import { readFile } from 'node:fs/promises';
import {
  findAccessibilityFaults,
  closePage,
  listFaults,
  type OpenPageOptions,
  openPage,
  saveScreenshot,
} from '../support/browser.js';
import { eventually } from '../support/cleanup.js';
import { startHttpServer } from '../support/http-server.js';

const POLICY = "default-src 'self'; script-src 'self' 'unsafe-inline'; connect-src *; img-src * data:";

/** Serves a page at every path, and 404 at `/missing`. @returns its URL */
async function serve(body: string, policy = POLICY): Promise<string> {
  const { url: site } = await startHttpServer(({ url }, response) => {
    response.writeHead(url === '/missing' ? 404 : 200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
    });
    response.end(
      `<!doctype html><html lang="en"><title>Test</title><link rel="icon" href="data:,"><main>${body}</main>`,
    );
  });
  return `${site}/`;
}

const open = async (body: string, options?: OpenPageOptions, policy?: string) =>
  openPage(await serve(body, policy), options);

it('a page without faults passes and can be closed twice', async () => {
  const page = await open('<h1>Numbers</h1><script>console.warn("careful")</script>');
  expect(await page.getByRole('heading').textContent()).toBe('Numbers');
  expect(listFaults(page)).toEqual([]);
  await closePage(page);
  await closePage(page);
  expect(page.isClosed()).toBe(true);
});

it.each([
  ['an error on the console', '<script>console.error("on fire")</script>', /console: on fire/],
  ['an uncaught error', '<script>throw new Error("lost")</script>', /thrown: Error: lost/],
  ['an unhandled rejection', '<script>Promise.reject(new Error("gone"))</script>', /thrown: Error: gone/],
  ['an error response', '<script>fetch("missing")</script>', /console: .*404/],
  ['a failed request', '<script>fetch("http://127.0.0.1:1").catch(() => {})</script>', /failed: GET .* net::/],
  ['a request to another host', '<img alt="" src="http://127.0.0.2:1/x.png">', /another host: .*127\.0\.0\.2/],
  [
    'a socket to another host',
    '<script>new WebSocket("ws://127.0.0.2:1/")</script>',
    /another host: ws:.*127\.0\.0\.2/,
  ],
  [
    'a violation of the content security policy',
    '<p style="color: red">Red</p>',
    /policy: style-src-attr forbids inline/,
  ],
])('%s fails the test', async (_, body, fault) => {
  const page = await open(body);
  await eventually(() => listFaults(page).some((one) => fault.test(one)));
  await expect(closePage(page)).rejects.toThrow(fault);
});

it('only expected faults pass', async () => {
  const page = await open('<script>console.error("on fire"); console.error("flood")</script>', {
    expectedErrors: [/fire/],
  });
  await eventually(() => listFaults(page).length === 2);
  await expect(closePage(page)).rejects.toThrow(/^The page had faults:\n- console: flood \(\S+\)$/);
});

it('scripts of a test run on a page with a strict content security policy', async () => {
  const page = await open('<p>Quiet</p>', {}, "default-src 'none'; img-src data:");
  expect(await page.evaluate(() => document.title)).toBe('Test');
  await page.waitForFunction(() => document.querySelector('p')?.textContent === 'Quiet');
  expect(await findAccessibilityFaults(page)).toEqual([]);
});

it('axe reports violations', async () => {
  const page = await open('<button></button><p>Text</p>');
  expect(await findAccessibilityFaults(page)).toEqual([expect.stringMatching(/^button-name: .*: button: /)]);
});

it('the options are passed to the browser', async () => {
  const page = await open('<p>Text</p>', {
    viewport: { width: 320, height: 640 },
    colorScheme: 'dark',
    reducedMotion: 'reduce',
    timezoneId: 'Asia/Tokyo',
    locale: 'de-DE',
  });
  const seen = await page.evaluate(() => [
    innerWidth,
    matchMedia('(prefers-color-scheme: dark)').matches,
    matchMedia('(prefers-reduced-motion: reduce)').matches,
    new Intl.DateTimeFormat().resolvedOptions().timeZone,
    (1.5).toLocaleString(),
  ]);
  expect(seen).toEqual([320, true, true, 'Asia/Tokyo', '1,5']);
});

it('a screenshot is a PNG in test-artefacts', async () => {
  const path = await saveScreenshot(await open('<h1>1,234</h1>'), 'browser');
  expect(path).toMatch(/test-artefacts[\\/]browser\.png$/);
  expect((await readFile(path)).subarray(1, 4).toString()).toBe('PNG');
});
