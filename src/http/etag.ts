/** Compares ETags with `If-None-Match`, also those that a proxy has changed. */

const ENTITY_TAG = /(?:W\/)?("[^"]*")/g;
/**
 * Suffix that a compressing proxy appends to an ETag. Apache and Caddy append `-gzip`, `-br` or `-zstd`, Jetty appends
 * `--gzip`, and some append `;br`. nginx and Cloudflare add the prefix `W/` instead.
 */
const PROXY_SUFFIX = /(?:--?|;)(?:gzip|br|zstd|deflate)"$/;

/**
 * True if an `If-None-Match` or `If-Match` header has the ETag or is `*`. Compares weakly (RFC 9110, 13.1.2), and
 * ignores the suffix that a proxy has appended to the tag of the response. That of the service itself counts: another
 * encoding is another representation.
 * @param etag of the current response, in double quotes
 */
export function matchesETag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return [...ifNoneMatch.matchAll(ENTITY_TAG)].some(
    ([, tag = '']) => tag === etag || tag.replace(PROXY_SUFFIX, '"') === etag,
  );
}
