/** Which pages may ask from within a browser, and by which names the service may be asked for. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TallyError } from '../counters/errors.js';
import type { ClientAddress } from './client-address.js';

interface OriginPolicyOptions {
  /** Origins whose pages may ask beside the service's own; exact. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** Host names that the service goes by, without ports. `any`: whichever. */
  readonly allowedHosts: ReadonlySet<string> | 'local' | 'any';
}

export class OriginPolicy {
  /** The Host header that was last found right: most requests have the same. */
  #lastAllowedHost: string | undefined;

  constructor(
    private readonly options: OriginPolicyOptions,
    private readonly address: ClientAddress,
  ) {}

  /**
   * Refuses what a page of another site makes a browser ask. What no browser sends has no origin and passes.
   * @throws TallyError `host-not-allowed`, `origin-not-allowed`, and `invalid-request` for a request of two hosts
   */
  assertAllowed(request: IncomingMessage): void {
    this.#assertHostAllowed(request);
    const { origin } = request.headers;
    const fetchSite = request.headers['sec-fetch-site'];
    if (origin === undefined) {
      // Links and pictures may lead here from anywhere: their answers are not told to the page.
      if ((fetchSite === 'cross-site' || fetchSite === 'same-site') && !isSafeCrossSite(request))
        throw createOriginError('another site');
    } else if (!this.options.allowedOrigins.has(origin) && !this.isOwnOrigin(request, origin)) {
      throw createOriginError(origin);
    }
  }

  /** Whether an origin is the service's own, as the client sees it. */
  isOwnOrigin(request: IncomingMessage, origin: string): boolean {
    const host = this.address.getHost(request);
    if (host === undefined || !URL.canParse(origin)) return false;
    const { protocol, host: originHost } = new URL(origin);
    // Of another scheme than these a host may be nothing: that of `file://localhost` is.
    if (protocol !== 'http:' && protocol !== 'https:') return false;
    const protocolSent = this.address.getProtocol(request);
    if (protocolSent !== undefined && `${protocolSent}:` !== protocol) return false;
    const ownUrl = `${protocol}//${host}`;
    return URL.canParse(ownUrl) && new URL(ownUrl).host === originHost;
  }

  /**
   * A page can have its own name point to any address, this machine's too, and is then of one origin with what answers there (DNS
   * rebinding). It cannot choose the name: so where no token is asked for, only names that nobody else can own are answered to.
   */
  #assertHostAllowed(request: IncomingMessage): void {
    const { allowedHosts } = this.options;
    if (allowedHosts === 'any') return;
    if (hasDuplicateHost(request))
      throw new TallyError('invalid-request', 'a request has one Host header (RFC 9112, 3.2)');
    const host = this.address.getHost(request);
    if (host === undefined || host === this.#lastAllowedHost) return;
    const name = toHostName(host);
    if (allowedHosts === 'local' ? isLocalName(name) : allowedHosts.has(name)) this.#lastAllowedHost = host;
    else throw new TallyError('host-not-allowed', `${name} is not a name of this service`);
  }
}

/** Node would go by the first, and whoever stands before it perhaps by another. */
function hasDuplicateHost({ rawHeaders }: IncomingMessage): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count > 1;
}

/** The name in a Host header: no port, small letters. */
function toHostName(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}

/** Addresses, `localhost`, and names without a dot: none of them can be somebody's on the internet. */
function isLocalName(name: string): boolean {
  return !name.includes('.') || name.endsWith('.localhost') || isIP(name) === 4;
}

/** What a browser asks for other sites without telling them: no change, and nothing that would stay open. */
function isSafeCrossSite({ method, headers }: IncomingMessage): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return headers.upgrade === undefined && headers.accept?.includes('text/event-stream') !== true;
}

function createOriginError(origin: string): TallyError {
  return new TallyError('origin-not-allowed', `a page of ${origin} may not ask this`);
}
