/** The hooks of `@tallyboard/react`, in a browser, with both versions of React. */
import type { Route } from 'playwright-core';
import { readSnapshot } from '../../src/client/client.js';
import { createCaller } from '../support/api-client.js';
import { startApp } from '../support/app.js';
import { UNREACHABLE_ERRORS } from '../support/browser.js';
import { eventually } from '../support/cleanup.js';
import { installPackages } from '../support/packed-package.js';
import { type ReactPage, type ReactVersion, startReactSite, withOrders } from '../support/react-page.js';
import { authorizeWith, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';

const MOUNTS = 1_000;
const AUTH = authorizeWith(SECRETS.clerk);

/** Renders, in the page. */
declare function show(props?: object): void;

let project: string;

beforeAll(() => {
  project = installPackages('packages/client', 'packages/react');
});

/** Starts a service that requires tokens, and a site of another origin. */
async function start(version: ReactVersion) {
  const site = await startReactSite(project, version);
  const { url } = await startApp({ ...TOKEN_CONFIG, ALLOWED_ORIGINS: [site.url] });
  const call = createCaller(url);
  const addOrders = (amount: number) => call('POST /dashboards/main/counters/orders/add', { amount }, AUTH);
  const board = { url, token: SECRETS.clerk };
  return { site, url, call, addOrders, board };
}

const findButton = ({ page }: ReactPage, name: string) => page.getByRole('button', { name, exact: true });

/** Waits until every hook shows the same number of orders. */
async function waitForOrders({ page }: ReactPage, orders: number, copies = 10): Promise<void> {
  const outputs = page.getByLabel('orders');
  await eventually(async () => {
    const texts = await outputs.allTextContents();
    return texts.length === copies && texts.every((text) => text === String(orders));
  });
}

const waitForText = ({ page }: ReactPage, label: string, text: string) =>
  page.getByLabel(label).getByText(text, { exact: true }).waitFor();

/** Holds the response of each change until it is released. @returns a function that releases the oldest one */
async function holdResponses({ page }: ReactPage): Promise<() => Promise<void>> {
  const held: (() => void)[] = [];
  await page.route('**/changes', async (route: Route) => {
    const response = await route.fetch();
    await new Promise<void>((resolve) => held.push(resolve));
    await route.fulfill({ response });
  });
  return async () => {
    await eventually(() => held.length > 0);
    held.shift()?.();
  };
}

describe.each<ReactVersion>(['react', 'react-18'])('with %s', (version) => {
  it('ten hooks in StrictMode show and change a counter through one WebSocket', async () => {
    const { site, url, board, addOrders } = await start(version);
    const shown = await site.open(url);
    await shown.show(board);
    await waitForOrders(shown, 0);
    await waitForText(shown, 'dashboard', 'live 0 0');
    await addOrders(1_234);
    await waitForOrders(shown, 1_234);
    await findButton(shown, 'Add').click();
    await findButton(shown, 'Add both').click();
    await waitForText(shown, 'dashboard', 'live 1236 2');
    await waitForOrders(shown, 1_236);
    // Another function that returns the token, and other hooks: the connection stays.
    await shown.show({ ...board, copies: 3 });
    await shown.show(board);
    await addOrders(1);
    await waitForOrders(shown, 1_237);
    expect(shown.sockets).toEqual({ opened: 1, open: 1 });
    await shown.show({ ...board, isDetailed: true });
    await waitForText(shown, 'today', 'Orders 1237');
    await eventually(() => shown.sockets.open === 1);
    expect(shown.sockets.opened).toBe(2);
  });

  it('hydrates what a server has rendered without a warning, and goes on live', async () => {
    const { site, url, board, addOrders } = await start(version);
    await addOrders(41);
    const snapshot = await readSnapshot(url, { token: SECRETS.clerk });
    const rendered = { ...board, snapshots: [withOrders(snapshot, 40)] };
    const shown = await site.open(url, rendered);
    await waitForOrders(shown, 40);
    await waitForText(shown, 'dashboard', 'connecting 40 0');
    const element = await shown.page.getByLabel('orders').first().elementHandle();
    await shown.show(rendered);
    await waitForOrders(shown, 41);
    await waitForText(shown, 'dashboard', 'live 41 0');
    expect(await element?.evaluate(({ isConnected }) => isConnected)).toBe(true);
  });

  it(`keeps a connection for a second after the last hook, and leaves none after ${MOUNTS} mounts`, async () => {
    const { site, url, board } = await start(version);
    const shown = await site.open(url);
    const { page, sockets } = shown;
    // Nothing has begun yet. From here on, only `runFor` moves the clock of the page.
    await page.clock.install({ time: 0 });
    await page.clock.pauseAt(3_600_000);
    const empty = { ...board, isEmpty: true };
    await shown.show(board);
    await waitForText(shown, 'dashboard', 'live 0 0');
    for (let round = 0; round < 3; round += 1) {
      await shown.show(empty);
      await page.clock.runFor(999);
      await shown.show(board);
      await waitForText(shown, 'dashboard', 'live 0 0');
    }
    expect(sockets).toEqual({ opened: 1, open: 1 });
    await shown.show(empty);
    await page.clock.runFor(1_000);
    await eventually(() => sockets.open === 0);

    // Each mount of the Provider has a connection of its own, because its token is a function.
    const mount = async (mounts: number, props: object): Promise<void> => {
      for (let done = 0; done < mounts; done += 1) {
        show(props);
        // Most are gone before they have connected.
        if (done % 100 === 0) await Promise.resolve();
        show();
      }
    };
    await page.evaluate(`(${mount.toString()})(${MOUNTS}, ${JSON.stringify(board)})`);
    await page.clock.runFor(1_000);
    await eventually(() => sockets.opened > 1 && sockets.open === 0);
  });

  it('shows a change at once, counts it once, and takes it back if it is refused', async () => {
    const { site, url, board, addOrders } = await start(version);
    const shown = await site.open(url, undefined, { expectedErrors: [...UNREACHABLE_ERRORS, /status of 400/] });
    await shown.show({ ...board, isDetailed: true });
    await waitForText(shown, 'today', 'Orders 0');
    const release = await holdResponses(shown);
    await findButton(shown, 'Add').click();
    await waitForOrders(shown, 1);
    await waitForText(shown, 'today', 'Orders 1');
    await shown.page.locator('output[data-pending=true]').first().waitFor();
    // The snapshot that has the change, and what others have counted, arrives before the response.
    await addOrders(10);
    await waitForOrders(shown, 11);
    await release();
    await shown.page.locator('div[data-pending=false]').waitFor();
    await waitForOrders(shown, 11);

    await findButton(shown, 'Remove 100').click();
    await waitForOrders(shown, 0);
    await release();
    await shown.page.getByRole('alert').getByText('nothing-to-remove').waitFor();
    await waitForOrders(shown, 11);
    await findButton(shown, 'Add and undo').click();
    await waitForOrders(shown, 16);
    await release();
    await release();
    await waitForOrders(shown, 11);
    expect(await shown.page.getByRole('alert').count()).toBe(0);
  });

  it('forgets the numbers when the token is another one, and watches a closed dashboard again on request', async () => {
    const { site, url, call, board } = await start(version);
    const shown = await site.open(url, undefined, { expectedErrors: [...UNREACHABLE_ERRORS, /status of 40[14]/] });
    const signedIn = { ...board, isTokenFixed: true };
    await shown.show(signedIn);
    await waitForText(shown, 'dashboard', 'live 0 0');
    await shown.show({ ...signedIn, token: 'unknown-0123456789abcdef' });
    await waitForText(shown, 'dashboard', 'closed');
    expect(await shown.page.getByLabel('orders').first().textContent()).toBe('none');
    await shown.show({ ...signedIn, token: SECRETS.admin, dashboard: 'shop' });
    await waitForText(shown, 'dashboard', 'closed');
    await call('PUT /dashboards/shop', { counters: { orders: {}, customers: {} } }, authorizeWith(SECRETS.admin));
    await findButton(shown, 'Reconnect').click();
    await waitForText(shown, 'dashboard', 'live 0 0');
    await eventually(() => shown.sockets.open === 1);
  });

  it('reads by tickets where the page has no token', async () => {
    const { site, url, call, board, addOrders } = await start(version);
    const shown = await site.open(url);
    await shown.page.exposeFunction('createTicket', async (dashboard: string) => {
      const { body } = await call('POST /tickets', { dashboard }, { ...AUTH, Origin: site.url });
      return String(body.ticket);
    });
    await shown.show({ ...board, isTicketed: true, isDetailed: true });
    await waitForText(shown, 'dashboard', 'live 0 0');
    await addOrders(3);
    await waitForText(shown, 'today', 'Orders 3');
  });
});
