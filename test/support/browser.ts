/**
 * Browser for the page tests: one Chromium per test file, and a fresh context per page. Console errors, exceptions,
 * policy violations and failed requests fail the test unless it expects them.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AxeResults, type ImpactValue, source as axeSource } from 'axe-core';
import { type Browser, type BrowserContextOptions, type Page, type PageScreenshotOptions } from 'playwright-core';
import { launchBrowser } from '../harness/browser.js';
import { afterTest } from './cleanup.js';

/** Shorter than the time limit of a test, so that the error names the missing element. */
const WAIT_TIMEOUT_MS = 90_000;
const ARTEFACT_DIRECTORY = fileURLToPath(new URL('../../test-artefacts', import.meta.url));

/** Errors that a browser logs for an unreachable service. The wording depends on when the service went away. */
export const UNREACHABLE_ERRORS: readonly RegExp[] = [
  /net::ERR_(?!ABORTED|BLOCKED|FAILED)/,
  /WebSocket connection to/,
  /status of 50[234]/,
];

export interface OpenPageOptions extends BrowserContextOptions {
  /** Faults that are part of the test, for example `/ERR_CONNECTION_REFUSED/` while the service is down. */
  readonly expectedErrors?: readonly RegExp[];
  /** Prepares the page before it navigates: installs a clock, a session or a script. */
  readonly prepare?: (page: Page) => unknown;
}

/** Faults of a page so far, and patterns of the expected ones. */
interface PageRecord {
  readonly faults: string[];
  readonly expectedErrors: readonly RegExp[];
}

const pageRecords = new Map<Page, PageRecord>();
let browser: Promise<Browser> | undefined;

afterAll(async () => (await browser)?.close());

/**
 * Opens a URL in a fresh context: 1280 x 800, light, en-GB and UTC unless the options override them.
 *
 * The page is closed when the test ends. The test fails if the page had an unexpected fault: a console error, an
 * uncaught exception, a Content-Security-Policy violation, a failed request, or a request to another host.
 */
export async function openPage(url: string, options: OpenPageOptions = {}): Promise<Page> {
  const { expectedErrors = [], prepare, ...rest } = options;
  browser ??= launchBrowser();
  const settings = { viewport: { width: 1_280, height: 800 }, colorScheme: 'light', locale: 'en-GB' } as const;
  // A service worker would answer some requests out of the sight of Playwright. Its own test allows it.
  const serviceWorkers = 'block';
  const context = await (await browser).newContext({ ...settings, serviceWorkers, timezoneId: 'UTC', ...rest });
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
    // Not a fault: the page aborted the request, or navigated away.
    if (reason !== 'net::ERR_ABORTED') faults.push(`failed: ${request.method()} ${request.url()} ${reason}`);
  });
  context.on('page', (tab) => {
    tab.on('websocket', (socket) => recordForeignRequest(socket.url()));
    tab.on('crash', () => faults.push('crashed'));
  });
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      // oxlint-disable-next-line eslint/no-console -- faults are collected from the console
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

/** Lists all faults of a page so far, expected or not. */
export function listFaults(page: Page): readonly string[] {
  return pageRecords.get(page)?.faults ?? [];
}

/** Closes a page and its context. Idempotent. @throws Error that lists the unexpected faults */
export async function closePage(page: Page): Promise<void> {
  const record = pageRecords.get(page);
  if (!record) return;
  // Events of a page arrive in order: once this call returns, all earlier faults have been recorded.
  if (!page.isClosed()) await page.evaluate('0').catch(() => undefined);
  pageRecords.delete(page);
  const faults = record.faults.filter((fault) => !record.expectedErrors.some((pattern) => pattern.test(fault)));
  await page.context().close();
  if (faults.length > 0) throw new Error(`The page had faults:\n- ${faults.join('\n- ')}`);
}

/** Saves a screenshot to `test-artefacts/`, with finite animations at their end. @returns its path */
export async function saveScreenshot(page: Page, name: string, options: PageScreenshotOptions = {}): Promise<string> {
  const path = join(ARTEFACT_DIRECTORY, `${name}.png`);
  await page.screenshot({ animations: 'disabled', ...options, path });
  return path;
}

interface AccessibilityCheck {
  /** Impacts of the violations to report. */
  readonly impacts?: readonly ImpactValue[];
  /** Selector of the elements to check. Absent: the whole page. */
  readonly include?: string;
  /** Selector of elements to leave out. */
  readonly exclude?: string;
}

/**
 * Runs axe-core on the current page, once nothing moves: colours of a fade are no colours of the page.
 * @returns one line per violation, serious and critical ones by default
 */
export async function findAccessibilityFaults(
  page: Page,
  { impacts = ['serious', 'critical'], include, exclude }: AccessibilityCheck = {},
): Promise<string[]> {
  // What fades in or out has less contrast until then. A document does not know of the animations in its shadow trees.
  await page.waitForFunction(() => {
    const roots = [...document.querySelectorAll('*')].flatMap(({ shadowRoot }) => shadowRoot ?? []);
    const animations = [document, ...roots].flatMap((root) => root.getAnimations());
    return animations.every(({ playState }) => playState !== 'running');
  });
  await page.evaluate(axeSource);
  const context = { include: [include ?? 'html'], exclude: exclude === undefined ? [] : [exclude] };
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(context)})`);
  return violations
    .filter(({ impact = null }) => impacts.includes(impact))
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary}`),
    );
}
