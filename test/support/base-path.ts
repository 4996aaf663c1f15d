/** Paths that services of the tests are under, which the documents do not know. */
const basePaths = new Map<string, string>();

/** Says that all of the service at an address is under the path of it. */
export function registerBasePath(url: string): void {
  const { port, pathname } = new URL(url);
  basePaths.set(port, pathname.replace(/\/$/, ''));
}

/**
 * A path as the documents know it: empty, which none is, when it is outside; undefined when it is the one that all is under,
 * which lacks a slash.
 */
export function stripBasePath(port: number | undefined, path: string): string | undefined {
  const prefix = basePaths.get(String(port)) ?? '';
  if (prefix === '') return path;
  if (path.split('?', 1)[0] === prefix) return undefined;
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : '';
}
