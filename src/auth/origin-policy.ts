/** Checks the Origin and Host of requests, against cross-site requests and DNS rebinding. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TallyError } from '../counters/errors.js';
import type { ClientAddress } from './client-address.js';

interface OriginPolicyOptions {
  /** Other origins whose pages may send requests; exact. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** Host names of the service, without ports. `local`: addresses and local names. */
  readonly allowedHosts: ReadonlySet<string> | 'local' | 'any';
}

export class OriginPolicy {
  /** Host that was allowed last: most requests have the same one. */
  #lastAllowedHost: string | undefined;

  constructor(
    private readonly options: OriginPolicyOptions,
    private readonly address: ClientAddress,
  ) {}

  /**
   * Refuses requests that a page of another site makes a browser send. Requests of other clients have no origin and
   * pass.
   * @throws TallyError `host-not-allowed`, `origin-not-allowed`, or `invalid-request` for two Host headers
   */
  assertAllowed(request: IncomingMessage): void {
    this.#assertHostAllowed(request);
    const { origin } = request.headers;
    const fetchSite = request.headers['sec-fetch-site'];
    if (origin === undefined) {
      // Links and images of any site may lead here: the page cannot read the response.
      if ((fetchSite === 'cross-site' || fetchSite === 'same-site') && !isSafeCrossSite(request))
        throw createOriginError('another site');
    } else if (!this.options.allowedOrigins.has(origin) && !this.isOwnOrigin(request, origin)) {
      throw createOriginError(origin, this.#explainOwnPage(request, origin));
    }
  }

  /** True if an origin is that of the service, as the client sees it. */
  isOwnOrigin(request: IncomingMessage, origin: string): boolean {
    const host = this.address.getHost(request);
    if (host === undefined || !URL.canParse(origin)) return false;
    const { protocol, host: originHost } = new URL(origin);
    // URLs of other schemes may have an empty host: `file://localhost` does.
    if (protocol !== 'http:' && protocol !== 'https:') return false;
    const protocolSent = this.address.getProtocol(request);
    if (protocolSent !== undefined && `${protocolSent}:` !== protocol) return false;
    const ownUrl = `${protocol}//${host}`;
    return URL.canParse(ownUrl) && new URL(ownUrl).host === originHost;
  }

  /**
   * Explains the refusal of what is likely the service's own page: same host name, but the proxy in front has lost the
   * port or reports another protocol.
   * @returns a text to append to the message, empty for other origins
   */
  #explainOwnPage(request: IncomingMessage, origin: string): string {
    const host = this.address.getHost(request);
    if (host === undefined || !URL.canParse(origin) || !URL.canParse(`http://${host}`)) return '';
    const page = new URL(origin);
    const requested = new URL(`${page.protocol}//${host}`);
    if (page.hostname !== requested.hostname) return '';
    return page.host === requested.host
      ? `: X-Forwarded-Proto says ${this.address.getProtocol(request)}. If it is the page of this service, let the ` +
          `proxy that terminates TLS set X-Forwarded-Proto to ${page.protocol.slice(0, -1)}`
      : `: the request names the host ${host}, not ${page.host}. If it is the page of this service, let the proxy pass ` +
          'on the host with its port (nginx: `proxy_set_header Host $http_host`)';
  }

  /**
   * Prevents DNS rebinding: a page can make its own host name resolve to this machine, and is then of the same origin
   * as the service. It cannot choose another name. So without tokens, only names that no other site can own are
   * allowed.
   */
  #assertHostAllowed(request: IncomingMessage): void {
    const { allowedHosts } = this.options;
    if (allowedHosts === 'any') return;
    if (hasDuplicateHost(request))
      throw new TallyError('invalid-request', 'a request must have exactly one Host header (RFC 9112, 3.2)');
    const host = this.address.getHost(request);
    if (host === undefined || host === this.#lastAllowedHost) return;
    const name = toHostName(host);
    if (allowedHosts === 'local' ? isLocalName(name) : allowedHosts.has(name)) this.#lastAllowedHost = host;
    else throw new TallyError('host-not-allowed', `${name} is not a host name of this service`);
  }
}

/** True if a request has several Host headers: Node uses the first, and a proxy may use another. */
function hasDuplicateHost({ rawHeaders }: IncomingMessage): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count > 1;
}

/** Returns the name of a Host header, in lower case and without port. */
function toHostName(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}

/** True for IP addresses, `localhost` and names without a dot, none of which can be registered on the internet. */
function isLocalName(name: string): boolean {
  return !name.includes('.') || name.endsWith('.localhost') || isIP(name) === 4;
}

/**
 * True for cross-site requests without effect, whose response the page cannot read: GET or HEAD, and no open stream.
 */
function isSafeCrossSite({ method, headers }: IncomingMessage): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return headers.upgrade === undefined && headers.accept?.includes('text/event-stream') !== true;
}

/** @param explanation appended to the message */
function createOriginError(origin: string, explanation = ''): TallyError {
  return new TallyError('origin-not-allowed', `pages of ${origin} may not send this request${explanation}`);
}
