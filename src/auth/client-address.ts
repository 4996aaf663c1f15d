/** Where a request comes from and what it was sent to, as far as proxies on the way are trusted to say. */
import type { IncomingMessage } from 'node:http';
import proxyAddr from 'proxy-addr';
import { type TrustedProxies, parseTrustProxy } from '../config/trust-proxy.js';

/** What stands for one client when clients are counted: an IPv4 address, or the /64 of an IPv6 one, which has as many as it likes. */
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

  /** @param trustProxy the addresses of proxies whose `X-Forwarded-*` count, as TRUST_PROXY has them */
  constructor(trustProxy: string) {
    this.#isTrusted = parseTrustProxy(trustProxy);
  }

  /** The address of the client: of the last one on the way that no trusted proxy has. */
  getAddress(request: IncomingMessage): string {
    const { remoteAddress = '' } = request.socket;
    const address =
      this.#isTrusted && remoteAddress !== '' ? resolveForwardedAddress(request, this.#isTrusted) : remoteAddress;
    return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  }

  /** The host (with its port) that the client has asked for. */
  getHost(request: IncomingMessage): string | undefined {
    return (
      this.#readForwardedHeader(request, 'x-forwarded-host') ?? parseTargetHost(request.url) ?? request.headers.host
    );
  }

  /** `http` or `https` where a trusted proxy says so, else undefined: TLS may end at one that does not say. */
  getProtocol(request: IncomingMessage): string | undefined {
    return this.#readForwardedHeader(request, 'x-forwarded-proto')?.toLowerCase();
  }

  /** The last value is that of the proxy which is connected here; those before it may be anybody's. */
  #readForwardedHeader(request: IncomingMessage, name: 'x-forwarded-host' | 'x-forwarded-proto'): string | undefined {
    const value = request.headers[name];
    if (value === undefined || !this.#isTrusted?.(request.socket.remoteAddress ?? '', 0)) return undefined;
    return String(value).split(',').at(-1)?.trim() || undefined;
  }
}

/** The host of an address that is sent as it is to a proxy: it counts in place of the Host header (RFC 9112, 3.2.2). */
function parseTargetHost(target = '/'): string | undefined {
  return target.startsWith('/') ? undefined : /^https?:\/\/([^/?#]*)/i.exec(target)?.[1];
}

/** A proxy that is trusted may pass on what is no address: then it stands for what was behind it. */
function resolveForwardedAddress(request: IncomingMessage, isTrusted: TrustedProxies): string {
  try {
    return proxyAddr(request, isTrusted);
  } catch {
    return request.socket.remoteAddress ?? '';
  }
}
