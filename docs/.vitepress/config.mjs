/** The site of the documentation: `npm run docs`. Titles come from the pages; a dead link fails the build. */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

const docs = new URL('../', import.meta.url);
const { description, repository } = JSON.parse(readFileSync(new URL('../package.json', docs), 'utf8'));
const icon = `data:image/svg+xml;base64,${readFileSync(new URL('../web/icons/icon.svg', docs)).toString('base64')}`;

/** The pages of each part, in the order in which they are listed. */
const PARTS = [
  [
    'Tutorials',
    'tutorials',
    [
      'first-dashboard',
      'revenue-today',
      'live-number-on-your-site',
      'stripe-to-the-wall',
      'tell-slack-when-we-pass-200-today',
      'two-instances-on-redis',
    ],
  ],
  [
    'How-to guides',
    'how-to',
    [
      'authenticate',
      'behind-a-proxy',
      'docker',
      'kubernetes',
      'helm',
      'plain-host',
      'hosted',
      'redis',
      'relays',
      'workers',
      'backup-and-restore',
      'move-between-stores',
      'receive-webhooks',
      'notify',
      'bulk-import',
      'generate-a-client',
      'monitor-and-alert',
      'trace',
      'make-a-board',
      'change-and-undo',
      'compare-in-the-chart',
      'look-back',
      'wall-screen',
      'choose-a-language',
      'brand-the-board',
      'frame-the-board',
      'install-the-board',
      'download-csv',
      'badges',
    ],
  ],
  [
    'Reference',
    'reference',
    [
      'http-api',
      'live-protocol',
      'errors',
      'client',
      'react',
      'live-counter',
      'live-board',
      'page-url',
      'configuration',
      'cli',
      'metrics',
      'export-format',
    ],
  ],
  ['Explanation', 'explanation', ['guarantees', 'once', 'durability', 'security-model', 'performance', 'capacity']],
  ['Decisions', 'decisions', listDecisions()],
];

function listDecisions() {
  const names = readdirSync(new URL('decisions/', docs)).map((file) => file.replace(/\.md$/, ''));
  return names.filter((name) => name !== 'index').toSorted();
}

function readTitle(path) {
  return /^# (.+)$/m.exec(readFileSync(new URL(`${path}.md`, docs), 'utf8'))[1].replaceAll('`', '');
}

/** Anchors as GitHub makes them, so that links work in both places. */
function slugify(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

/**
 * Links to files outside of docs lead to the repository, where package.json names one, and are plain text otherwise.
 * VitePress would take them for dead.
 */
function linkRepository(md) {
  md.core.ruler.push('link_repository', ({ tokens, env }) => {
    const folder = posix.dirname(`docs/${env.relativePath ?? ''}`);
    for (const { children } of tokens) {
      const links = (children ?? []).filter(({ type }) => type === 'link_open' || type === 'link_close');
      for (let at = 0; at < links.length; at += 2) {
        const [open, close] = [links[at], links[at + 1]];
        const href = open.attrGet('href') ?? '';
        const path = posix.join(folder, href);
        if (!href.startsWith('.') || path.startsWith('docs/')) continue;
        if (repository) open.attrSet('href', `${repository.url ?? repository}/blob/main/${path}`);
        else [open.type, close.type, open.tag, close.tag, open.attrs] = ['span_open', 'span_close', 'span', 'span', []];
      }
    }
  });
}

export default {
  lang: 'en',
  title: 'Tallyboard',
  description,
  base: process.env.DOCS_BASE ?? '/',
  head: [['link', { rel: 'icon', href: icon }]],
  markdown: { anchor: { slugify }, config: linkRepository },
  themeConfig: {
    logo: icon,
    nav: PARTS.slice(0, 4).map(([text, folder, [first]]) => ({
      text,
      link: `/${folder}/${first}`,
      activeMatch: `^/${folder}/`,
    })),
    sidebar: [
      { text: 'Overview', link: '/' },
      ...PARTS.map(([text, folder, names]) => ({
        text,
        ...(folder === 'decisions' && { link: '/decisions/' }),
        collapsed: folder === 'decisions',
        items: names.map((name) => ({ text: readTitle(`${folder}/${name}`), link: `/${folder}/${name}` })),
      })),
      { text: 'Glossary', link: '/glossary' },
    ],
    outline: [2, 3],
    search: { provider: 'local' },
    footer: { message: 'Released under the MIT licence.' },
  },
};
