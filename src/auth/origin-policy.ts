/** Which pages may ask from within a browser, and by which names the service may be asked for. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TallyError } from '../counters/errors.js';
import type { ClientAddress } from './client-address.js';

export interface OriginRules {
  /** Origins whose pages may ask beside the service's own; exact. */
  readonly allowedOrigins: ReadonlySet<string>;
  /** Host names that the service goes by, without ports. `any`: whichever. */
  readonly allowedHosts: ReadonlySet<string> | 'local' | 'any';
}

export class Origins {
  /** The Host header that was last found right: most requests have the same. */
  #rightHost: string | undefined;

  constructor(
    private readonly rules: OriginRules,
    private readonly address: ClientAddress,
  ) {}

  /**
   * Refuses what a page of another site makes a browser ask. What no browser sends has no origin and passes.
   * @throws TallyError `host-not-allowed`, `origin-not-allowed`, and `invalid-request` for a request of two hosts
   */
  check(request: IncomingMessage): void {
    this.#checkHost(request);
    const { origin } = request.headers;
    const site = request.headers['sec-fetch-site'];
    if (origin === undefined) {
      // Links and pictures may lead here from anywhere: their answers are not told to the page.
      if ((site === 'cross-site' || site === 'same-site') && !isHarmless(request)) throw strange('another site');
    } else if (!this.rules.allowedOrigins.has(origin) && !this.isOwn(request, origin)) {
      throw strange(origin);
    }
  }

  /** Whether an origin is the service's own, as the client sees it. */
  isOwn(request: IncomingMessage, origin: string): boolean {
    const host = this.address.hostOf(request);
    if (host === undefined || !URL.canParse(origin)) return false;
    const { protocol, host: originHost } = new URL(origin);
    // Of another scheme than these a host may be nothing: that of `file://localhost` is.
    if (protocol !== 'http:' && protocol !== 'https:') return false;
    const known = this.address.protocolOf(request);
    if (known !== undefined && `${known}:` !== protocol) return false;
    const own = `${protocol}//${host}`;
    return URL.canParse(own) && new URL(own).host === originHost;
  }

  /**
   * A page can have its own name point to any address, this machine's too, and is then of one origin with what answers there (DNS
   * rebinding). It cannot choose the name: so where no token is asked for, only names that nobody else can own are answered to.
   */
  #checkHost(request: IncomingMessage): void {
    const { allowedHosts } = this.rules;
    if (allowedHosts === 'any') return;
    if (hasTwoHosts(request)) throw new TallyError('invalid-request', 'a request has one Host header (RFC 9112, 3.2)');
    const host = this.address.hostOf(request);
    if (host === undefined || host === this.#rightHost) return;
    const name = hostNameOf(host);
    if (allowedHosts === 'local' ? isLocalName(name) : allowedHosts.has(name)) this.#rightHost = host;
    else throw new TallyError('host-not-allowed', `${name} is not a name of this service`);
  }
}

/** Node would go by the first, and whoever stands before it perhaps by another. */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

/** The name in a Host header: no port, small letters. */
export function hostNameOf(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}

/** Addresses, `localhost`, and names without a dot: none of them can be somebody's on the internet. */
function isLocalName(name: string): boolean {
  return !name.includes('.') || name.endsWith('.localhost') || isIP(name) === 4;
}

/** What a browser asks for other sites without telling them: no change, and nothing that would stay open. */
function isHarmless({ method, headers }: IncomingMessage): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return headers.upgrade === undefined && headers.accept?.includes('text/event-stream') !== true;
}

function strange(origin: string): TallyError {
  return new TallyError('origin-not-allowed', `a page of ${origin} may not ask this`);
}
