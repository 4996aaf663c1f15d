/** A browser for the tests of the page: one Chromium for each test file, a fresh context for each page, and no fault that passes unseen. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AxeResults, source as axeSource } from 'axe-core';
import { type Browser, type BrowserContextOptions, type Page, type PageScreenshotOptions } from 'playwright-core';
import { launchBrowser } from '../harness/browser.js';
import { afterTest } from './cleanup.js';

const TEST_TIMEOUT_MS = 60_000;
/** Less than a test has, so that what is told is which element was waited for. */
const WAIT_TIMEOUT_MS = 20_000;
const ARTEFACT_DIRECTORY = fileURLToPath(new URL('../../test-artefacts', import.meta.url));

/** What a browser itself says of a service that is away: in which words depends on when it went. */
export const UNREACHABLE_ERRORS: readonly RegExp[] = [
  /net::ERR_(?!ABORTED|BLOCKED|FAILED)/,
  /WebSocket connection to/,
  /status of 50[234]/,
];

export interface OpenPageOptions extends BrowserContextOptions {
  /** Faults that are part of the test, for example `/ERR_CONNECTION_REFUSED/` while the service is down. */
  readonly expectedErrors?: readonly RegExp[];
  /** What is done to the page before it goes to the address: a clock, a session, a script. */
  readonly prepare?: (page: Page) => unknown;
}

/** What went wrong with a page so far, and what of it was expected. */
interface PageRecord {
  readonly faults: string[];
  readonly expectedErrors: readonly RegExp[];
}

// A page takes longer than what jest gives a test.
import.meta.jest.setTimeout(TEST_TIMEOUT_MS);

const pageRecords = new Map<Page, PageRecord>();
let browser: Promise<Browser> | undefined;

afterAll(async () => (await browser)?.close());

/**
 * Opens an address in a context of its own: 1280 x 800, light, en-GB and UTC unless the options say otherwise.
 * The end of the test closes it, and fails when the page had a fault that was not expected: an error on the console or thrown, a
 * violation of its Content-Security-Policy, a request that failed, or one to another host.
 */
export async function openPage(url: string, options: OpenPageOptions = {}): Promise<Page> {
  const { expectedErrors = [], prepare, ...rest } = options;
  browser ??= launchBrowser();
  const settings = { viewport: { width: 1_280, height: 800 }, colorScheme: 'light', locale: 'en-GB' } as const;
  const context = await (await browser).newContext({ ...settings, timezoneId: 'UTC', ...rest });
  context.setDefaultTimeout(WAIT_TIMEOUT_MS);
  const record: PageRecord = { faults: [], expectedErrors };
  const { faults } = record;
  const { host } = new URL(url);
  const recordForeignRequest = (address: string): void => {
    const { protocol, host: requestedHost } = new URL(address);
    if (requestedHost !== host && protocol !== 'data:' && protocol !== 'blob:') faults.push(`another host: ${address}`);
  };
  context.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (webError) => faults.push(`thrown: ${webError.error().stack ?? webError.error().message}`));
  context.on('request', (request) => recordForeignRequest(request.url()));
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // The page itself took the request back, or was left.
    if (reason !== 'net::ERR_ABORTED') faults.push(`failed: ${request.method()} ${request.url()} ${reason}`);
  });
  context.on('page', (tab) => {
    tab.on('websocket', (socket) => recordForeignRequest(socket.url()));
    tab.on('crash', () => faults.push('crashed'));
  });
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      // oxlint-disable-next-line eslint/no-console -- the console is where all faults are gathered from
      console.error(`policy: ${effectiveDirective} forbids ${blockedURI}`),
    ),
  );
  const page = await context.newPage();
  pageRecords.set(page, record);
  afterTest(() => closePage(page));
  await prepare?.(page);
  await page.goto(url);
  return page;
}

/** Every fault of a page so far, expected or not. */
export function listFaults(page: Page): readonly string[] {
  return pageRecords.get(page)?.faults ?? [];
}

/** Closes a page and its context. @throws Error with all its faults that were not expected. Safe to call twice. */
export async function closePage(page: Page): Promise<void> {
  const record = pageRecords.get(page);
  if (!record) return;
  // What a page tells arrives in order: before this answer, all that came before it.
  if (!page.isClosed()) await page.evaluate('0').catch(() => undefined);
  pageRecords.delete(page);
  const faults = record.faults.filter((fault) => !record.expectedErrors.some((pattern) => pattern.test(fault)));
  await page.context().close();
  if (faults.length > 0) throw new Error(`The page had faults:\n- ${faults.join('\n- ')}`);
}

/** Writes what a page shows to `test-artefacts/`, with animations at their end. @returns the file */
export async function saveScreenshot(page: Page, name: string, options: PageScreenshotOptions = {}): Promise<string> {
  const path = join(ARTEFACT_DIRECTORY, `${name}.png`);
  await page.screenshot({ animations: 'disabled', ...options, path });
  return path;
}

/** What axe-core finds to be a serious or critical barrier on a page as it stands, a line each. */
export async function findAccessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary}`),
    );
}
