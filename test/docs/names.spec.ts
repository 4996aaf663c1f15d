/** Variables, error codes, close codes and client options that the documentation names exist, and are complete. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VARIABLES } from '../../src/config/config.js';
import { RENAMED_VARIABLES } from '../../src/config/load-config.js';
import { ERROR_CATALOG } from '../../src/counters/error-catalog.js';
import { CLOSE_CODES } from '../../src/protocol/close-codes.js';
import { readProjectFile, readTable } from '../support/markdown.js';

/** Names in capitals that are not variables of the service: of other programs, the build and the tests. */
const FOREIGN =
  /^(OTEL_.*|TALLYBOARD_(TOKEN|PORT)|NODE_IMAGE|NPM_TOKEN|TEST_REDIS_URL|TEST_UPSTREAM|CHROMIUM|WAIT(AOF)?|FLUSHALL|SIGTERM|SIGINT|SIGHUP|GET|PUT|PATCH|POST|DELETE|HEAD|OPTIONS|COMMIT|CONFIG|NAME|TICKET|SCRIPT|PATH|TMPDIR|ROUNDS|SEED|FLIPS|EVENTS|UTC)$/;

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
const pages = [
  ...readdirSync(docs, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.startsWith('.vitepress'))
    .map((path) => `docs/${path}`),
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
];

/** Lists the matches of a pattern in the documentation that are unknown, as `page: name`. */
function findUnknown(pattern: RegExp, isKnown: (name: string) => boolean): string[] {
  return pages.flatMap((page) =>
    [...readProjectFile(page).matchAll(pattern)]
      .map(([, name = '']) => name)
      .filter((name) => !isKnown(name))
      .map((name) => `${page}: ${name}`),
  );
}

it('every variable that a page names is a variable of the service', () => {
  const names = new Set<string>(VARIABLES.map(({ name }) => name));
  const isKnown = (name: string): boolean => names.has(name) || FOREIGN.test(name);
  const former = Object.keys(RENAMED_VARIABLES).map((name) => `docs/reference/configuration.md: ${name}`);
  expect(findUnknown(/`([A-Z]{2,}(?:_[A-Z]+)*)(?:=[^`]*)?`/g, isKnown)).toEqual(former);
  expect(findUnknown(/\b([A-Z]+(?:_[A-Z]+)+)=/g, isKnown)).toEqual([]);
});

it('every error code that a page names beside a status is in the catalogue, with that status', () => {
  const statuses = Object.fromEntries(Object.entries(ERROR_CATALOG).map(([code, { status }]) => [code, status]));
  const named = pages.flatMap((page) =>
    [...readProjectFile(page).matchAll(/\b([45]\d\d)(?: with)? `([a-z-]+)`/g)].map(([, status, code = '']) => [
      page,
      code,
      Number(status),
    ]),
  );
  expect(named.filter(([, code = '', status]) => statuses[code] !== status)).toEqual([]);
  expect(named.length).toBeGreaterThan(10);
});

it('docs/reference/live-protocol.md has every close code, its reason, and whether clients reconnect', () => {
  const rows = readTable(readProjectFile('docs/reference/live-protocol.md'), 'Code', 'Reason', 'Reconnect', 'When');
  expect(rows.map(([code, reason, back]) => [Number(code), reason, back === 'yes'])).toEqual(
    Object.values(CLOSE_CODES).map(({ code, reason, reconnect }) => [code, reason, reconnect]),
  );
});

it.each([
  ['WatchOptions', 'src/client/watch.ts', 0],
  ['ChangeOptions', 'src/client/change.ts', 1],
] as const)('docs/reference/client.md has every option of %s', (type, path, index) => {
  const [, body = ''] = new RegExp(`interface ${type} \\{([^]*?)\\n\\}`).exec(readProjectFile(path)) ?? [];
  const options = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name);
  const section = readProjectFile('docs/reference/client.md').split(/^(?=## )/m);
  const rows = section
    .map((text) => readTable(text, 'Option', 'Meaning', 'Default'))
    .filter((found) => found.length > 0);
  expect(options.length).toBeGreaterThan(5);
  expect(rows[index]?.map(([cell = '']) => cell.replaceAll('`', '')).toSorted()).toEqual(options.toSorted());
});
