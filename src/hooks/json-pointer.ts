/** JSON pointers (RFC 6901): parsed once, then followed into bodies. Pure. */

/** Names of the members on the way, outermost first. */
export type JsonPath = readonly string[];

const ARRAY_INDEX = /^(0|[1-9]\d{0,9})$/;
/** A tilde that begins neither `~0` nor `~1` (RFC 6901, 3). */
const INVALID_ESCAPE = /~(?![01])/;

/** Parses a pointer that begins with a slash. @returns undefined if it is none */
export function parseJsonPointer(text: string): JsonPath | undefined {
  if (!text.startsWith('/') || INVALID_ESCAPE.test(text)) return undefined;
  return text
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Returns the value that a path leads to, or undefined if there is none. Only own members count. */
export function followJsonPath(root: unknown, path: JsonPath): unknown {
  let value = root;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) ? !ARRAY_INDEX.test(name) : !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
