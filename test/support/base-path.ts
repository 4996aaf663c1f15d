/** Base paths of the tested services. The API documents list paths without them. */
const basePaths = new Map<string, string>();

/** Registers the path of a service's URL as the base path of its port. */
export function registerBasePath(url: string): void {
  const { port, pathname } = new URL(url);
  basePaths.set(port, pathname.replace(/\/$/, ''));
}

/** True for the port of a tested service, not of another server that a test has started. */
export function isServicePort(port: number): boolean {
  return basePaths.has(String(port));
}

/**
 * Removes the base path of a port from a request path.
 * @returns the path as documented, an empty string for a path outside of the base path, or undefined for the base path
 *   itself without its trailing slash
 */
export function stripBasePath(port: number | undefined, path: string): string | undefined {
  const prefix = basePaths.get(String(port)) ?? '';
  if (prefix === '') return path;
  if (path.split('?', 1)[0] === prefix) return undefined;
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : '';
}
