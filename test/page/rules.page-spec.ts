/** Rules in the page: made from the target of a tile, tested, fired and deleted by admins, and hidden from others. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { NotifyAllow } from '../../src/config/notify-allow.js';
import { startApi } from '../support/api-client.js';
import { findAccessibilityFaults, openPage, saveScreenshot } from '../support/browser.js';
import { waitForEqual, waitForState } from '../support/dashboard-page.js';
import { findButton, openSettings, startEditing } from '../support/editor-page.js';
import { startHttpServer } from '../support/http-server.js';
import { authorizeWith, SECRETS, TOKEN_CONFIG } from '../support/token-service.js';

const COUNTERS = {
  orders: { title: 'Orders', headline: 'day', target: { value: 200, per: 'day' } },
  stock: { title: 'Stock', kind: 'gauge' },
};

/** Starts a receiver that accepts everything. */
async function startReceiver() {
  const received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const { url } = await startHttpServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(204).end();
    });
  });
  return { url, host: new URL(url).host, received };
}

const findRules = (page: Page) => page.getByRole('dialog').filter({ has: page.locator('.rules') });
const findForm = (page: Page) => page.getByRole('dialog', { name: 'New rule' });

async function openMenu(page: Page): Promise<void> {
  await waitForState(page, 'live');
  await findButton(page, 'More').click();
  await findButton(page, 'Print').waitFor();
}

it('an admin makes a rule from the target of a tile, tests it, sees it fire, and deletes it', async () => {
  const receiver = await startReceiver();
  const { url, call } = await startApi({ NOTIFY_ALLOW: NotifyAllow.parse('127.0.0.1') });
  await call('PUT /dashboards/store', { title: 'Store', counters: COUNTERS });
  const count = (by: number) => call('POST /dashboards/store/changes', { changes: [{ counter: 'orders', by }] });
  await count(100);
  const page = await openPage(`${url}/#/store`, { expectedErrors: [/status of 400/] });
  await startEditing(page);
  const settings = await openSettings(page, 'Orders');
  await settings.getByRole('button', { name: 'Tell us when…' }).click();

  const form = findForm(page);
  const address = form.getByRole('textbox', { name: 'Address' });
  expect(await form.getByRole('textbox', { name: 'Limit' }).inputValue()).toBe('200');
  expect(await form.getByRole('combobox', { name: 'Period' }).inputValue()).toBe('day');
  await form.getByRole('button', { name: 'Create rule' }).click();
  await form.getByRole('alert').getByText('Enter an address.').waitFor();
  await address.fill('https://10.0.0.1/hooks');
  await page.keyboard.press('Enter');
  await form.getByRole('alert').getByText('which is not a public address').waitFor();
  expect(await address.getAttribute('aria-invalid')).toBe('true');
  expect(await findAccessibilityFaults(page, { include: '.settings-dialog:has(#rule-url)' })).toEqual([]);
  await saveScreenshot(page, 'rules-form');
  await address.fill(`${receiver.url}/hooks`);
  await form.getByRole('button', { name: 'Create rule' }).click();

  const rules = findRules(page);
  const secret = await rules.getByRole('textbox', { name: /^Secret for/ }).inputValue();
  await rules.getByText('it is shown only this once').waitFor();
  await rules.getByRole('button', { name: 'Copy' }).click();
  await rules.getByRole('button', { name: 'Copied' }).waitFor();
  await rules.getByText('Does not hold now').waitFor();
  await rules.getByRole('button', { name: 'Send a test' }).click();
  await rules.getByRole('status').getByText(`${receiver.host} answered 204 after`).waitFor();

  await count(101);
  await rules.getByText('Fired at 201').waitFor();
  await rules.getByText('Delivered · answer 204').waitFor();
  await rules.getByText('Holds now').waitFor();
  const [test, fired] = receiver.received.map(
    ({ headers, body }) =>
      new Webhook(secret).verify(body, headers as Record<string, string>) as { readonly type: string },
  );
  expect(test?.type).not.toBe(fired?.type);
  expect(fired).toMatchObject({ type: 'tallyboard.rule.fired', data: { rule: 'orders-above', value: 201 } });
  expect(await findAccessibilityFaults(page, { include: '.settings-dialog:has(.rules)' })).toEqual([]);
  await saveScreenshot(page, 'rules-rule');

  await rules.getByRole('button', { name: 'All rules' }).click();
  const row = rules.getByRole('button', { name: /^Orders/ });
  await waitForEqual(
    async () => (await row.innerText()).split('\n').map((line) => line.trim()),
    ['Orders', 'Holds now', 'More than 200 today', receiver.host],
  );
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await findAccessibilityFaults(page, { include: '.settings-dialog:has(.rules)' })).toEqual([]);
  await waitForEqual(() => row.evaluate((button) => button === document.activeElement), true);
  await page.keyboard.press('Enter');
  await rules.getByRole('textbox', { name: 'Type orders-above to delete it' }).fill('orders-above');
  expect(await rules.getByRole('textbox', { name: /^Secret for/ }).count()).toBe(0);
  expect(await findAccessibilityFaults(page, { include: '.settings-dialog:has(.rules)' })).toEqual([]);
  await rules.getByRole('button', { name: 'Delete rule' }).click();
  await rules.getByText('A rule tells a program or a Slack channel').waitFor();
  expect((await call('GET /dashboards/store/rules')).body.rules).toEqual([]);
  await page.keyboard.press('Escape');
  await rules.waitFor({ state: 'detached' });
  expect(await settings.isVisible()).toBe(true);
});

it('on a phone an admin makes a rule of silence for Slack; others have no rules in their menu', async () => {
  const { url, call } = await startApi(TOKEN_CONFIG);
  const admin = authorizeWith(SECRETS.admin);
  await call('PUT /dashboards/store', { title: 'Store', counters: COUNTERS }, admin);
  const openAs = (token: string) =>
    openPage(`${url}/#/store`, {
      viewport: { width: 390, height: 844 },
      prepare: (page) => page.addInitScript((text) => sessionStorage.setItem('tallyboard token of /', text), token),
    });
  const clerk = await openAs(SECRETS.clerk);
  await openMenu(clerk);
  expect(await findButton(clerk, 'Rules').count()).toBe(0);

  const page = await openAs(SECRETS.admin);
  await openMenu(page);
  await findButton(page, 'Rules').click();
  const rules = findRules(page);
  await rules.getByText('No rules yet').waitFor();
  await rules.getByRole('button', { name: 'New rule' }).click();
  const form = findForm(page);
  await form.getByRole('combobox', { name: 'Counter or measure' }).selectOption('Stock');
  expect(await form.getByRole('combobox', { name: 'Period' }).count()).toBe(0);
  await form.getByRole('combobox', { name: 'Condition' }).selectOption('Has not changed for');
  await form.getByRole('textbox', { name: 'How long' }).fill('90');
  await form.getByRole('combobox', { name: 'Unit' }).selectOption('Minutes');
  await form.getByRole('radio', { name: 'Slack' }).check();
  await form.getByRole('textbox', { name: 'Address' }).fill('https://hooks.slack.com/services/T0/B0/x');
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  await form.getByRole('button', { name: 'Create rule' }).click();
  await rules.getByText('Nothing has been sent yet.').waitFor();
  expect(await rules.getByRole('textbox', { name: /^Secret for/ }).count()).toBe(0);
  await rules.getByRole('button', { name: 'All rules' }).click();
  await rules.getByRole('button', { name: /^Stock.*No change for 90 min.*hooks\.slack\.com/s }).waitFor();
  await saveScreenshot(page, 'rules-phone');
  expect((await call('GET /dashboards/store/rules', undefined, admin)).body.rules).toMatchObject([
    { rule: 'stock-silent', when: { of: 'stock', silentFor: 'PT90M' } },
  ]);
});
