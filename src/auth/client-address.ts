/** Resolves client address, host and protocol of a request, with the headers of trusted proxies. */
import type { IncomingMessage } from 'node:http';
import proxyAddr from 'proxy-addr';
import { type TrustedProxies, parseTrustProxy } from '../config/trust-proxy.js';

/**
 * Returns the network to count a client by: an IPv4 address, or the /64 of an IPv6 address, all of which one client
 * has.
 */
export function toClientNetwork(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%', 1)[0]?.split('::', 2) ?? [];
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0');
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`;
}

export class ClientAddress {
  readonly #isTrusted: TrustedProxies | undefined;

  /** @param trustProxy trusted proxies, in the format of TRUST_PROXY */
  constructor(trustProxy: string) {
    this.#isTrusted = parseTrustProxy(trustProxy);
  }

  /** Returns the address of the client: the nearest hop that is not a trusted proxy. */
  getAddress(request: IncomingMessage): string {
    const { remoteAddress = '' } = request.socket;
    const address =
      this.#isTrusted && remoteAddress !== '' ? resolveForwardedAddress(request, this.#isTrusted) : remoteAddress;
    return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  }

  /** Returns the host, with its port, that the client requested. */
  getHost(request: IncomingMessage): string | undefined {
    return (
      this.#readForwardedHeader(request, 'x-forwarded-host') ?? parseTargetHost(request.url) ?? request.headers.host
    );
  }

  /** Returns `http` or `https` if a trusted proxy reports it, else undefined: TLS may end at a proxy that does not. */
  getProtocol(request: IncomingMessage): string | undefined {
    return this.#readForwardedHeader(request, 'x-forwarded-proto')?.toLowerCase();
  }

  /** Reads the last value, set by the proxy that is connected. Clients can forge earlier ones. */
  #readForwardedHeader(request: IncomingMessage, name: 'x-forwarded-host' | 'x-forwarded-proto'): string | undefined {
    const value = request.headers[name];
    if (value === undefined || !this.#isTrusted?.(request.socket.remoteAddress ?? '', 0)) return undefined;
    return String(value).split(',').at(-1)?.trim() || undefined;
  }
}

/** Returns the host of a request target that is a URL: it takes precedence over the Host header (RFC 9112, 3.2.2). */
function parseTargetHost(target = '/'): string | undefined {
  return target.startsWith('/') ? undefined : /^https?:\/\/([^/?#]*)/i.exec(target)?.[1];
}

/** Falls back to the connected proxy if it passes on something other than an address. */
function resolveForwardedAddress(request: IncomingMessage, isTrusted: TrustedProxies): string {
  try {
    return proxyAddr(request, isTrusted);
  } catch {
    return request.socket.remoteAddress ?? '';
  }
}
