/** TRUST_PROXY: the proxies whose `X-Forwarded-*` headers count. */
import proxyAddr from 'proxy-addr';
import { splitList } from './split-list.js';

/** Whether the address at a hop, counted from this service, is a trusted proxy. */
export type TrustedProxies = (address: string, index: number) => boolean;

/** @throws Error when the text is no list of addresses, ranges (CIDR) or `loopback`, `linklocal`, `uniquelocal` */
export function parseTrustProxy(text: string): TrustedProxies | undefined {
  const parts = splitList(text);
  return parts.length > 0 ? proxyAddr.compile([...parts]) : undefined;
}

/** Whether a text is a list that `trustOf` can read. */
export function isTrustProxy(text: string): boolean {
  try {
    parseTrustProxy(text);
    return true;
  } catch {
    return false;
  }
}
