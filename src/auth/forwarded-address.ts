/** Parses the addresses in X-Forwarded-For, which proxies write in many ways. */
import { SocketAddress, isIP } from 'node:net';

/**
 * An address in the ways that proxies write it: alone, in brackets, with a port (Azure Application Gateway, IIS), and
 * in quotes as in `Forwarded` (RFC 7239, 6). An IPv6 address with a port has brackets.
 */
const FORWARDED_ADDRESS = /^("?)(?:\[([^\]%]+)(?:%[^\]]*)?\](?::\d+)?|([\d.]+)(?::\d+)?|([^%"]+)(?:%[^"]*)?)\1$/;

/**
 * Returns the address of an entry without port, brackets, quotes and zone. IPv6 addresses are in their canonical form
 * (RFC 5952): one client has one spelling.
 * @returns undefined if the entry is not an address, such as `unknown` or a host name
 */
export function parseForwardedAddress(entry: string): string | undefined {
  if (isIP(entry) === 4) return entry;
  const [, , bracketed, ipv4, bare] = FORWARDED_ADDRESS.exec(entry) ?? [];
  const address = bracketed ?? ipv4 ?? bare ?? '';
  const family = isIP(address);
  return family === 6 ? new SocketAddress({ address, family: 'ipv6' }).address : family === 4 ? address : undefined;
}
