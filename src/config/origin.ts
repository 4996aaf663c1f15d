/** Origins as browsers write them (RFC 6454, 6.1). */
/** Whether a text is an origin as browsers write it: scheme, host, and a port where it is not the usual one. */
export function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
