/** Paths that services of the tests are under, which the documents do not know. */
const prefixes = new Map<string, string>();

/** Says that all of the service at an address is under the path of it. */
export function isUnderPath(url: string): void {
  const { port, pathname } = new URL(url);
  prefixes.set(port, pathname.replace(/\/$/, ''));
}

/**
 * A path as the documents know it: empty, which none is, when it is outside; undefined when it is the one that all is under,
 * which lacks a slash.
 */
export function withoutPrefix(port: number | undefined, path: string): string | undefined {
  const prefix = prefixes.get(String(port)) ?? '';
  if (prefix === '') return path;
  if (path.split('?', 1)[0] === prefix) return undefined;
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : '';
}
