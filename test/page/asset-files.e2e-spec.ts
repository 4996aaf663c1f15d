/** The page's files over HTTP: contents, compression, caching and security headers. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startApp } from '../support/app.js';
import { createTempDirectory } from '../support/temp-directory.js';
import { formatRequest } from '../harness/http-text.js';
import { connectRaw } from '../support/raw-http.js';
import { type Service, startService } from '../support/service.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = join(ROOT, 'dist/page');
const ENCODINGS = ['identity', 'gzip', 'br'] as const;

/** Licences of bundled packages: part of the build, but not of the page. */
const NOTICES = 'licences.md';
/** Paths of the built files, without compressed copies. */
const builtFiles = readdirSync(PAGE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== NOTICES && !['.gz', '.br'].includes(extname(entry.name)))
  .map(({ parentPath, name }) => join(parentPath, name).slice(PAGE.length + 1));
const asset = builtFiles.find((path) => path.startsWith('assets/')) ?? '';
const toUrlPath = (path: string): string => (path === 'index.html' ? '/' : `/${path}`);

const startMemoryApp = () => startApp({ STORE: 'memory' });

/** Starts the built service from a copy of the build, with these files as its page. */
async function startWithPage(files: Readonly<Record<string, string>>): Promise<Service & { readonly page: string }> {
  const root = createTempDirectory();
  const page = join(root, 'dist/page');
  cpSync(join(ROOT, 'dist'), join(root, 'dist'), { recursive: true, filter: (path) => path !== PAGE });
  cpSync(join(ROOT, 'package.json'), join(root, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(page, path, '..'), { recursive: true });
    writeFileSync(join(page, path), text);
  }
  return { ...(await startService({ STORE: 'memory' }, undefined, root)), page };
}

describe('every built file', () => {
  it.each(builtFiles)('%s is served completely in every accepted encoding', async (path) => {
    const { url } = await startMemoryApp();
    const isText = /\.(html|js|css|svg|webmanifest)$/.test(path);
    const tags = new Set<string | null>();
    for (const encoding of ENCODINGS) {
      const response = await fetch(url + toUrlPath(path), { headers: { 'Accept-Encoding': encoding } });
      expect(response.status).toBe(200);
      expect(Buffer.from(await response.arrayBuffer())).toEqual(readFileSync(join(PAGE, path)));
      expect(response.headers.get('vary')).toBe('Accept-Encoding');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      const isCompressed = isText && encoding !== 'identity';
      expect(response.headers.get('content-encoding')).toBe(isCompressed ? encoding : null);
      tags.add(response.headers.get('etag'));
    }
    expect(tags.size).toBe(isText ? ENCODINGS.length : 1);
  });

  it.each(builtFiles)('%s is not sent again to a client that has it', async (path) => {
    const { url } = await startMemoryApp();
    for (const encoding of ENCODINGS) {
      const headers = { 'Accept-Encoding': encoding };
      const first = await fetch(url + toUrlPath(path), { headers });
      const tag = first.headers.get('etag') ?? '';
      const again = await fetch(url + toUrlPath(path), { headers: { ...headers, 'If-None-Match': `"x", W/${tag}` } });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
      expect((await fetch(url + toUrlPath(path), { headers: { ...headers, 'If-None-Match': '"x"' } })).status).toBe(
        200,
      );
    }
  });
});

describe('the page', () => {
  it.each(['/', '/manifest.webmanifest', '/worker.js'])('is revalidated each time: %s', async (path) => {
    const { url } = await startMemoryApp();
    expect((await fetch(url + path)).headers.get('cache-control')).toBe('no-cache');
  });

  it('is revalidated each time, and its assets are immutable', async () => {
    const { url } = await startMemoryApp();
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const html = await response.text();
    const links = Array.from(html.matchAll(/(?:src|href)="([^"]+)"/g), ([, link = '']) => link);
    expect(links.length).toBeGreaterThan(2);
    const assets = links.filter((link) => link.startsWith('./assets/'));
    expect(links.filter((link) => !assets.includes(link))).toEqual(['./manifest.webmanifest']);
    for (const link of assets) {
      const file = await fetch(new URL(link, `${url}/`));
      expect([file.status, file.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
    }
  });

  it.each([
    ['its own', {}, "'self'"],
    [
      'ALLOWED_ORIGINS',
      { ALLOWED_ORIGINS: ['https://a.org', 'http://b.org:81'] },
      "'self' https://a.org http://b.org:81",
    ],
    [
      'FRAME_ANCESTORS',
      { ALLOWED_ORIGINS: ['https://a.org'], FRAME_ANCESTORS: ['https://c.org'] },
      "'self' https://c.org",
    ],
    ['no', { ALLOWED_ORIGINS: ['https://a.org'], FRAME_ANCESTORS: ['none'] }, "'none'"],
  ])('can be framed by %s origins, and loads and runs nothing but its own files', async (_, config, ancestors) => {
    const { url } = await startApp({ STORE: 'memory', ...config });
    const response = await fetch(url);
    const { 'frame-ancestors': frameAncestors, ...policy } = Object.fromEntries(
      (response.headers.get('content-security-policy') ?? '')
        .split('; ')
        .map((directive) => directive.split(/ (.*)/s, 2) as [string, string]),
    );
    expect([frameAncestors, response.headers.get('x-frame-options')]).toEqual([ancestors, null]);
    expect(policy).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self' blob:",
      'font-src': "'self'",
      'connect-src': "'self'",
      'manifest-src': "'self'",
      'worker-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'require-trusted-types-for': "'script'",
      'trusted-types': 'tallyboard-worker',
    });
    expect(await response.text()).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/);
    expect((await fetch(`${url}/dashboard`)).headers.get('x-frame-options')).toBe('SAMEORIGIN');
  });

  it.each(['/', toUrlPath(asset)])('responds to HEAD %s with the headers of GET and no body', async (path) => {
    const { port } = await startMemoryApp();
    const client = await connectRaw(port);
    const requestHeaders = { 'Accept-Encoding': 'gzip', 'X-Request-Id': 'r1' };
    client.send(formatRequest(`HEAD ${path}`, requestHeaders));
    const { headers: head } = await client.readHead();
    client.send(formatRequest(`GET ${path}`, requestHeaders));
    const { headers: whole } = await client.readHead();
    expect({ ...head, date: '' }).toEqual({ ...whole, date: '' });
  });

  it.each([
    '/index.html',
    '/assets',
    '/assets/',
    '/assets/none.js',
    '/assets/..%2Findex.html',
    '/assets/%2e%2e/index.html',
    '/assets/../index.html',
    '/assets/..%2F..%2Fpackage.json',
    `/${asset}.gz`,
    '//',
    '/favicon.ico',
  ])('responds with 404 to %s', async (path) => {
    const { port } = await startMemoryApp();
    const client = await connectRaw(port);
    client.send(formatRequest(`GET ${path}`));
    const { status, headers, body } = await client.readResponse();
    expect([status, headers['cache-control'], JSON.parse(body).code]).toEqual([404, 'no-store', 'unknown-route']);
  });
});

it('embed.js can be loaded by every origin', async () => {
  const { url } = await startWithPage({ 'index.html': '<p>page</p>', 'embed.js': 'export {};' });
  const response = await fetch(`${url}/embed.js`);
  expect(await response.text()).toBe('export {};');
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'public, max-age=300',
  });
  expect((await fetch(url)).headers.get('access-control-allow-origin')).toBeNull();
});

it('a page that is deleted while the service runs is still served', async () => {
  const { url, page, child } = await startWithPage({ 'index.html': '<p>page</p>', 'assets/a-1.js': 'export {};' });
  rmSync(page, { recursive: true });
  expect(await (await fetch(url)).text()).toBe('<p>page</p>');
  expect(await (await fetch(`${url}/assets/a-1.js`)).text()).toBe('export {};');
  expect(child.exitCode).toBeNull();
});

it('without a built page the service counts, and says how to build the page', async () => {
  const { url } = await startWithPage({});
  expect((await fetch(`${url}/order`, { method: 'POST' })).status).toBe(200);
  for (const path of ['/', '/embed.js', '/assets/a.js']) {
    const response = await fetch(url + path);
    expect(await response.json()).toMatchObject({
      status: 404,
      code: 'page-not-built',
      detail: expect.stringContaining('npm run build'),
    });
  }
});
