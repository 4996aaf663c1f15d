/** `tallyboard hooks check`: faults of a file, and what a sample event would count. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../support/cli-process.js';
import { writeHooksFile } from '../support/hooks.js';
import { createTempDirectory } from '../support/temp-directory.js';

const SHOP = {
  provider: 'stripe',
  secrets: ['tally-secret'],
  dashboard: 'shop',
  rules: [
    { when: { '/type': 'sale' }, counter: 'orders' },
    { when: { '/type': 'sale' }, counter: 'revenue', by: { pointer: '/amount' } },
    { when: { '/type': 'refund' }, counter: 'revenue', by: { pointer: '/amount' }, remove: true },
  ],
};
const CODE = {
  provider: 'github',
  secrets: ['tally-secret'],
  dashboard: 'code',
  rules: [{ when: { 'X-GitHub-Event': 'star', '/action': 'created' }, counter: 'stars' }],
};

function writeSample(body: unknown): string {
  const path = join(createTempDirectory(), 'sample.json');
  writeFileSync(path, JSON.stringify(body));
  return path;
}

const check = (...args: readonly string[]) => runCommand(['hooks', 'check', ...args]);

it('names the hooks of a file that has no fault, and never their secrets', async () => {
  const result = await check(writeHooksFile({ shop: SHOP, code: CODE }));
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout).toContain('has no fault. Hooks: shop (stripe), code (github)');
  expect(result.stdout).not.toContain('tally-secret');
});

it('names every fault of a faulty file, and exits with 1', async () => {
  const file = writeHooksFile({ shop: { ...SHOP, secrets: 'tally-secret', dashboard: 'No Name' } });
  const { code, stderr } = await check(file);
  expect(code).toBe(1);
  expect(stderr).toContain('hooks.shop.secrets: must be a list');
  expect(stderr).toContain('hooks.shop.dashboard: must be');
  expect(stderr).not.toContain('tally-secret');
});

it('says what an event would count, without counting', async () => {
  const file = writeHooksFile({ shop: SHOP });
  const sale = await check(file, '--event', writeSample({ id: 'evt_1', type: 'sale', amount: 1999 }));
  expect(sale).toMatchObject({ code: 0, stderr: '' });
  expect(sale.stdout).toContain(
    'would count on dashboard shop, once under the key hook:shop:evt_1:\n  orders +1\n  revenue +1999\n',
  );
  const refund = await check(file, '--event', writeSample({ id: 'evt_2', type: 'refund', amount: 500 }));
  expect(refund.stdout).toContain('\n  revenue -500\n');
  const other = await check(file, '--event', writeSample({ id: 'evt_3', type: 'other' }));
  expect(other).toMatchObject({ code: 0, stdout: expect.stringContaining('would be ignored') as unknown });
  const broken = await check(file, '--event', writeSample({ id: 'evt_4', type: 'sale', amount: 1.5 }));
  expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('has more than 0 decimal') as unknown });
});

it('takes headers of the event as options', async () => {
  const file = writeHooksFile({ shop: SHOP, code: CODE });
  const event = writeSample({ action: 'created' });
  expect(await check(file, '--event', event)).toMatchObject({
    code: 2,
    stderr: 'name the hook of the event with --hook: shop, code\n',
  });
  const options = ['--event', event, '--hook', 'code', '--header', 'X-GitHub-Event: star'];
  const withoutId = await check(file, ...options);
  expect(withoutId.stdout).toContain('\n  stars +1\nIt has no id');
  const complete = await check(file, ...options, '--header', 'X-GitHub-Delivery: 72d3162e');
  expect(complete.stdout).toContain('under the key hook:code:72d3162e:\n  stars +1\nNothing was counted');
});
