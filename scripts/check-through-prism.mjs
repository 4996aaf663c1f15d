/**
 * Runs suites of HTTP routes with Prism between them and the service: `npm run test:prism [pattern]`. A test fails if
 * Prism finds a violation in a response, or in a request that the service accepts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import writeOrRemoveDocuments from '../test/support/api-docs-global.mjs';
import { startPrismRelay } from './prism-relay.mjs';
import { installTools, ROOT } from './tools.mjs';

/**
 * Suites that cover every kind of route with ordinary requests, and do not count how many fit into a time. Others can be
 * named: `test/(auth|history|http)/` takes minutes.
 */
const SUITES =
  'test/(auth/(route-permissions|tickets)|history/(as-of|csv|history|past)|http/(bad-input|changes|dashboards|definition-resource|definitions|idempotency|short-routes|undo|unknown-parameters))';
const [pattern = SUITES] = process.argv.slice(2);

installTools('tools/generators');
await writeOrRemoveDocuments();
const openApi = JSON.parse(readFileSync(`${process.env.TEST_DOCUMENTS}/openapi.json`, 'utf8'));
await writeOrRemoveDocuments();
const { url, counts, close } = await startPrismRelay(openApi);
const jest = spawn('npm', ['run', '--silent', 'jest', '--', '--selectProjects', 'e2e', '--testPathPatterns', pattern], {
  cwd: ROOT,
  env: { ...process.env, TEST_PROXY: url },
  stdio: 'inherit',
});
const [code] = await once(jest, 'close');
close();
process.stdout.write(`${counts.requests} requests went through Prism, with ${counts.violations} violations\n`);
process.exitCode = code === 0 && counts.requests > 0 ? 0 : 1;
