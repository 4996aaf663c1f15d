/** Origins as browsers send them (RFC 6454, 6.1). */

/** True if a text is an origin: scheme, host, and the port unless it is the default. */
export function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
