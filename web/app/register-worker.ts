/** Registers the service worker, which shows the page without a network. */

/** Name of the only Trusted Types policy that the page's Content-Security-Policy allows. */
const POLICY_NAME = 'tallyboard-worker';

interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}

/** Trusted Types (W3C), which TypeScript does not know yet. A trusted URL is an object that is used as text. */
interface TrustedTypesWindow {
  readonly trustedTypes?: { createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy };
}

/**
 * Registers the worker once the page has loaded, so that it delays nothing. To be called once. Never rejects: without a
 * worker, the page only misses its offline shell. Browsers have workers on https and on this machine.
 * @param base address of the page, with its slash
 */
export async function registerWorker(base: URL): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const { serviceWorker } = navigator;
  if (document.readyState !== 'complete') {
    await new Promise((resolve) => addEventListener('load', resolve, { once: true }));
  }
  const assets = new URL('assets/', base).href;
  const isAsset = ({ name }: PerformanceEntry) => name.startsWith(assets);
  /** Tells the worker what the page has loaded without it, so that it can be kept. */
  const sendLoadedFiles = (): void => {
    const files = performance.getEntriesByType('resource').filter(isAsset);
    serviceWorker.controller?.postMessage(files.map(({ name }) => name));
  };
  serviceWorker.addEventListener('controllerchange', sendLoadedFiles);
  try {
    await serviceWorker.register(createWorkerUrl(base));
  } catch {
    // The browser keeps no data for this page: it is in a frame of another site, or in a private window.
    return;
  }
  // Also called for what has been loaded before, and for requests that were on their way when the worker took control.
  const observer = new PerformanceObserver((list) => list.getEntries().some(isAsset) && sendLoadedFiles());
  observer.observe({ type: 'resource', buffered: true });
}

/** Returns the URL of the worker in the form that Trusted Types require: made by a policy, which makes no other. */
function createWorkerUrl(base: URL): string {
  const { href } = new URL('worker.js', base);
  const rules: ScriptUrlPolicy = { createScriptURL: () => href };
  const policy = (window as TrustedTypesWindow).trustedTypes?.createPolicy(POLICY_NAME, rules) ?? rules;
  return policy.createScriptURL(href);
}
