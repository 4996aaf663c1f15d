/** Resolves client address, host and protocol of a request, with the headers of trusted proxies. */
import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import { parseForwardedAddress } from './forwarded-address.js';
import { type TrustedProxies, parseTrustProxy } from '../config/trust-proxy.js';

export class ClientAddress {
  readonly #logger = new Logger('ClientAddress');
  readonly #isTrusted: TrustedProxies | undefined;
  #hasWarned = false;

  /** @param trustProxy trusted proxies, in the format of TRUST_PROXY */
  constructor(trustProxy: string) {
    this.#isTrusted = parseTrustProxy(trustProxy);
  }

  /**
   * Returns the address of the client: the nearest hop that is not a trusted proxy. A trusted proxy that reports
   * something other than an address stands for its clients.
   */
  getAddress(request: IncomingMessage): string {
    const { remoteAddress = '' } = request.socket;
    const forwarded = request.headers['x-forwarded-for'];
    const address =
      this.#isTrusted && forwarded !== undefined && remoteAddress !== ''
        ? this.#resolveForwardedAddress(remoteAddress, String(forwarded).split(','), this.#isTrusted)
        : remoteAddress;
    return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  }

  /** @param hops entries of X-Forwarded-For: each proxy appends the address that is connected to it */
  #resolveForwardedAddress(remoteAddress: string, hops: readonly string[], isTrusted: TrustedProxies): string {
    let address = remoteAddress;
    for (let at = hops.length - 1; at >= 0 && isTrusted(address, hops.length - 1 - at); at -= 1) {
      const hop = hops[at]?.trim() ?? '';
      const reported = parseForwardedAddress(hop);
      if (reported !== undefined) address = reported;
      else if (hop !== '') {
        this.#warnOfUnknownClients(address);
        return address;
      }
    }
    return address;
  }

  /** Warns once. Does not quote the header: clients may have sent it. */
  #warnOfUnknownClients(proxy: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#logger.warn(
      `X-Forwarded-For from the proxy ${proxy} has an entry that is not an IP address: limits count all such clients ` +
        `as the proxy. Let the proxy set the header to the client's address`,
    );
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
