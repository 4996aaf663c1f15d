/** Serves pages that are made with `@tallyboard/react`, as it is packed, and one of the two versions of React. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import type { Page } from 'playwright-core';
import type { Snapshot } from '../../src/client/client.js';
import { openPage, type OpenPageOptions } from './browser.js';
import { startHttpServer } from './http-server.js';
import type { BoardProps } from './react-board.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Names of the packages in the root's package.json. */
export type ReactVersion = 'react' | 'react-18';

/** Renders the board, or nothing, into the page: hydrates it the first time, if a server has rendered it. */
const BROWSER_ENTRY = `
  import { createRoot, hydrateRoot } from 'react-dom/client';
  import { flushSync } from 'react-dom';
  import { Board } from './react-board.js';
  const element = document.querySelector('main');
  let root;
  globalThis.show = (props) => {
    const tree = props && <Board {...props} />;
    if (!root && element.hasChildNodes()) root = hydrateRoot(element, tree);
    else flushSync(() => (root ??= createRoot(element)).render(tree));
  };`;
const SERVER_ENTRY = `
  import { renderToString } from 'react-dom/server';
  import { Board } from './react-board.js';
  process.stdout.write(renderToString(<Board {...JSON.parse(process.argv[2])} />));`;

/** A page of the board. */
export interface ReactPage {
  readonly page: Page;
  /** Renders the board with other properties; nothing without any. */
  readonly show: (props?: BoardProps) => Promise<void>;
  /** WebSockets that were opened since the page was loaded, and those that are open. */
  readonly sockets: { opened: number; open: number };
}

export interface ReactSite {
  readonly url: string;
  /** @param props properties of the board that a server has rendered; absent: the page is empty */
  readonly open: (service: string, props?: BoardProps, options?: OpenPageOptions) => Promise<ReactPage>;
}

/** Bundles the board for browser and server, and serves a page. @param project where the packages are installed */
export async function startReactSite(project: string, version: ReactVersion): Promise<ReactSite> {
  copyFileSync(join(ROOT, 'test/support/react-board.tsx'), join(project, 'react-board.tsx'));
  const bundle = async (contents: string, options: BuildOptions): Promise<string> => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: project, loader: 'jsx' },
      bundle: true,
      jsx: 'automatic',
      absWorkingDir: ROOT,
      alias: { react: version, 'react-dom': version.replace('react', 'react-dom') },
      define: { 'process.env.NODE_ENV': '"development"' },
      logOverride: { 'ignored-bare-import': 'silent' },
      write: false,
      ...options,
    });
    return outputFiles?.[0]?.text ?? '';
  };
  const script = await bundle(BROWSER_ENTRY, { format: 'esm' });
  const server = join(project, `${version}.cjs`);
  writeFileSync(server, await bundle(SERVER_ENTRY, { format: 'cjs', platform: 'node' }));
  let html = '';
  const { url } = await startHttpServer(({ url: path }, response) => {
    const [type, text] =
      path === '/board.js'
        ? ['text/javascript', script]
        : ['text/html', `<!doctype html><link rel="icon" href="data:,"><title>Board</title><main>${html}</main>`];
    response.setHeader('Content-Type', `${type}; charset=utf-8`);
    response.end(text);
  });
  const open = async (service: string, props?: BoardProps, options: OpenPageOptions = {}): Promise<ReactPage> => {
    html = props ? execFileSync(process.execPath, [server, JSON.stringify(props)], { encoding: 'utf8' }) : '';
    const sockets = { opened: 0, open: 0 };
    const expectedErrors = [new RegExp(`^another host: (http|ws)://${new URL(service).host}/`)];
    const page = await openPage(url, {
      ...options,
      expectedErrors: [...expectedErrors, ...(options.expectedErrors ?? [])],
      prepare: (prepared) =>
        prepared.on('websocket', (socket) => {
          sockets.opened += 1;
          sockets.open += 1;
          socket.on('close', () => (sockets.open -= 1));
        }),
    });
    await page.addScriptTag({ url: '/board.js', type: 'module' });
    const show = async (next?: BoardProps): Promise<void> => {
      await page.evaluate(`show(${JSON.stringify(next)})`);
    };
    await page.waitForFunction('globalThis.show');
    return { page, show, sockets };
  };
  return { url, open };
}

/** Shows a snapshot with another number of orders. */
export function withOrders(snapshot: Snapshot, orders: number): Snapshot {
  return { ...snapshot, counters: { ...snapshot.counters, orders } };
}
