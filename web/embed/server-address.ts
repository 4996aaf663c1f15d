/** Finds the service that an element of another page shows numbers of. */

/**
 * Returns the base URL of the service: by the attribute `server` or `src`, else that of the script.
 * @param scriptUrl URL of `embed.js`, which has the same base as the service
 * @returns undefined if it is not an HTTP URL
 */
export function findServer(element: Element, scriptUrl: string): URL | undefined {
  const address = element.getAttribute('server') ?? element.getAttribute('src');
  return address === null ? parseServerUrl('.', scriptUrl) : parseServerUrl(address, document.baseURI);
}

function parseServerUrl(address: string, base: string): URL | undefined {
  try {
    const url = new URL(address, base);
    return /^https?:$/.test(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the locale of an element or its ancestors; undefined for the browser's. */
export function findLocale(element: Element): string | undefined {
  const requested = element.getAttribute('locale') ?? element.closest('[lang]')?.getAttribute('lang');
  try {
    return requested ? Intl.getCanonicalLocales(requested)[0] : undefined;
  } catch {
    return undefined;
  }
}
