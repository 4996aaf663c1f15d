/** Origins as browsers send them (RFC 6454, 6.1). */

/**
 * True if a text is an origin: scheme, host, and the port unless it is the default. Hosts with signs such as `;`, which
 * URLs may have and DNS names may not, are refused: they would end a directive of the Content-Security-Policy.
 */
export function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && /^https?:\/\/[\w.:[\]-]+$/.test(text);
}

/** True if a text is an origin or `none`, which stands for no origin. */
export function isOriginOrNone(text: string): boolean {
  return text === 'none' || isOrigin(text);
}
