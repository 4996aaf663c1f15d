/** TRUST_PROXY: the proxies whose `X-Forwarded-*` headers are trusted. */
import proxyAddr from 'proxy-addr';
import { splitList } from './split-list.js';

/** Predicate: is the address at a hop, counted from this service, a trusted proxy? */
export type TrustedProxies = (address: string, index: number) => boolean;

/**
 * Parses a list of addresses, ranges (CIDR), `loopback`, `linklocal` and `uniquelocal`.
 * @returns undefined for an empty list
 * @throws Error if an entry is invalid
 */
export function parseTrustProxy(text: string): TrustedProxies | undefined {
  const parts = splitList(text);
  return parts.length > 0 ? proxyAddr.compile([...parts]) : undefined;
}

/** True if {@link parseTrustProxy} accepts the text. */
export function isTrustProxy(text: string): boolean {
  try {
    parseTrustProxy(text);
    return true;
  } catch {
    return false;
  }
}
