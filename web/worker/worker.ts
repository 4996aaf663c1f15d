/**
 * Service worker of the page. It keeps the document and its files, so that a reload without a network shows the page,
 * which then says that it is not live. The document comes from the network whenever that answers, so that an update
 * shows at the next load; files have a hash in their names and come from the cache. Everything else, all of the API,
 * bypasses the worker.
 */
declare const self: ServiceWorkerGlobalScope;

/** Address of the page, with its slash. */
const { scope } = self.registration;
const ASSETS = `${scope}assets/`;
/** Origins have one set of caches for all of their paths. */
const CACHE_NAME = `tallyboard ${scope}`;
/** Longest time that the network may take for the document if there is a kept one, milliseconds. */
const NETWORK_TIMEOUT_MS = 5_000;
/** Number of files above which those of earlier versions are deleted. The page has about 50. */
const MAX_FILES = 200;
/** Part of the page's policy. A proxy's own page, to sign in for example, does not have it. */
const POLICY_MARK = 'trusted-types tallyboard-worker';

self.addEventListener('install', (event) => {
  event.waitUntil(
    fetch(scope)
      .then(keepDocument)
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  // The browser requests the document while the worker starts.
  event.waitUntil(Promise.all([self.registration.navigationPreload?.enable(), self.clients.claim()]));
});

self.addEventListener('message', (event) => {
  event.waitUntil(keepFiles(event.data as readonly string[]));
});

self.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request;
  if (method !== 'GET') return;
  if (url.startsWith(ASSETS)) event.respondWith(loadFile(event));
  else if (mode === 'navigate' && url.split(/[?#]/, 1)[0] === scope) event.respondWith(loadDocument(event));
});

/** Returns the document of the network, or the kept one if the network or the service fails or takes too long. */
async function loadDocument(event: FetchEvent): Promise<Response> {
  const network = requestDocument(event);
  event.waitUntil(network.catch(() => undefined));
  const kept = await caches.match(scope, { cacheName: CACHE_NAME, ignoreVary: true });
  if (!kept) return network;
  const timeout = new Promise<undefined>((resolve) => setTimeout(resolve, NETWORK_TIMEOUT_MS));
  const response = await Promise.race([network, timeout]).catch(() => undefined);
  return response && response.status < 500 ? response : kept;
}

async function requestDocument(event: FetchEvent): Promise<Response> {
  const preloaded = (await event.preloadResponse) as Response | undefined;
  return keepDocument(preloaded ?? (await fetch(event.request)));
}

/** Keeps a copy of a response if it is the document of the page. @returns the response */
async function keepDocument(response: Response): Promise<Response> {
  const isDocument = response.ok && response.headers.get('Content-Security-Policy')?.includes(POLICY_MARK);
  // Browsers refuse a response that was redirected as the answer to a navigation.
  if (isDocument && !response.redirected) await keep(scope, response);
  return response;
}

async function loadFile(event: FetchEvent): Promise<Response> {
  const { url } = event.request;
  const kept = await caches.match(url, { cacheName: CACHE_NAME, ignoreVary: true });
  if (kept) return kept;
  const response = await fetch(event.request);
  if (response.ok) event.waitUntil(keep(url, response));
  return response;
}

/** Stores a copy of a response. The page works without it, so a full disk is no error. */
async function keep(url: string, response: Response): Promise<void> {
  const copy = response.clone();
  try {
    const cache = await caches.open(CACHE_NAME);
    await cache.put(url, copy);
  } catch {
    // The next load tries again.
  }
}

/**
 * Keeps the files that a page has loaded before the worker controlled it. They come from the browser's HTTP cache.
 * @param loaded addresses of everything that the page has loaded
 */
async function keepFiles(loaded: readonly string[]): Promise<void> {
  const files = new Set(loaded.filter((url) => url.startsWith(ASSETS)));
  const cache = await caches.open(CACHE_NAME);
  const kept = (await cache.keys()).map(({ url }) => url);
  const missing = [...files].filter((url) => !kept.includes(url));
  await Promise.allSettled(missing.map((url) => cache.add(url)));
  if (kept.length <= MAX_FILES || !navigator.onLine) return;
  const old = kept.filter((url) => url.startsWith(ASSETS) && !files.has(url));
  await Promise.all(old.map((url) => cache.delete(url, { ignoreVary: true })));
}
