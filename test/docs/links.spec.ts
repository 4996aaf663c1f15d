/** Every relative link of a Markdown file points to an existing file and, with an anchor, to an existing heading. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readProjectFile } from '../support/markdown.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Folders that are not part of the repository. */
const SKIPPED = /^(\.git|node_modules|dist|dist-bench|dist-simulation|coverage|data|test-artefacts|secrets)$/;

function listMarkdown(folder = ''): string[] {
  return readdirSync(posix.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.test(entry.name) || path === 'docs/.vitepress' ? [] : listMarkdown(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** Removes code from a text: brackets in code are not links. */
function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^( *)```[^]*?^\1```/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

function listLinks(path: string): string[] {
  const links = withoutCode(readProjectFile(path)).matchAll(/\]\(([^()\s]+)(?: "[^"]*")?\)/g);
  return [...links].map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target));
}

/** Lists the anchors of a file, as GitHub creates them from headings. */
function listAnchors(path: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of readProjectFile(path)
    .replaceAll(/^( *)```[^]*?^\1```/gm, '')
    .matchAll(/^#{1,6} +(.+)$/gm)) {
    const words = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-');
    let anchor = words;
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${words}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** @returns the fault of a link, or undefined if it has none */
function findFault(from: string, link: string): string | undefined {
  const [target = '', anchor] = link.split('#', 2);
  const path = target === '' ? from : posix.normalize(posix.join(posix.dirname(from), decodeURIComponent(target)));
  if (path.startsWith('..') || !existsSync(posix.join(ROOT, path))) return `${from}: ${link} leads nowhere`;
  if (anchor === undefined || statSync(posix.join(ROOT, path)).isDirectory() || !path.endsWith('.md')) return undefined;
  return listAnchors(path).has(anchor) ? undefined : `${from}: ${link}: ${path} has no such heading`;
}

const files = listMarkdown();

it('every relative link of a Markdown file has a target', () => {
  const links = files.flatMap((path) => listLinks(path).map((link) => [path, link] as const));
  expect(links.flatMap(([path, link]) => findFault(path, link) ?? [])).toEqual([]);
  expect(links.length).toBeGreaterThan(100);
});

it('every page of docs can be reached from its index', () => {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path) || !path.startsWith('docs/') || !path.endsWith('.md')) return;
    reached.add(path);
    for (const link of listLinks(path))
      visit(posix.normalize(posix.join(posix.dirname(path), link.split('#')[0] ?? '')));
  };
  visit('docs/index.md');
  expect(files.filter((path) => path.startsWith('docs/') && !reached.has(path))).toEqual([]);
});

it('a link to a missing file or heading is reported', () => {
  expect(findFault('README.md', 'docs/nowhere.md')).toBe('README.md: docs/nowhere.md leads nowhere');
  expect(findFault('docs/index.md', '../README.md#no-such-heading')).toMatch(/has no such heading$/);
  expect(findFault('docs/how-to/redis.md', '../explanation/durability.md#on-redis')).toBeUndefined();
});
