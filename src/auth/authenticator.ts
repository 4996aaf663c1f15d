/** Authenticates requests by token or ticket. Requests without either are anonymous. */
import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { TallyError } from '../counters/errors.js';
import type { ClientAddress } from './client-address.js';
import { FailedTokenLimit } from './failed-token-limit.js';
import { type JwtVerifier, isJwtShaped } from './jwt-verifier.js';
import type { OriginPolicy } from './origin-policy.js';
import type { Principal } from './principal.js';
import type { Tickets } from './tickets.js';
import { digestSecret } from '../config/token-list.js';
import type { TokenIndex } from './token-index.js';

/** Number of verified JWTs to cache: verifying a signature costs a hundred times as much as a look-up. */
const MAX_CACHED_JWTS = 10_000;
/** Time to cache a verified JWT, milliseconds. A key that the issuer withdraws is trusted at most this long. */
const JWT_CACHE_TTL_MS = 60_000;

/** A static token that the service knows. */
export interface KnownToken {
  readonly principal: Principal;
  /** True if the secret is short enough to be guessed. */
  readonly isWeak: boolean;
}

interface AuthenticatorOptions {
  readonly tokens: TokenIndex<KnownToken>;
  readonly jwt: JwtVerifier | undefined;
  readonly tickets: Tickets;
  /** Principal of requests without a token. */
  readonly anonymous: Principal;
  /** True if every request may do everything. Tokens are then ignored. */
  readonly isUnrestricted: boolean;
  readonly maxFailuresPerMin: number;
}

export class Authenticator {
  readonly #logger = new Logger('Access');
  readonly #verifiedJwts = new LRUCache<string, Principal>({ max: MAX_CACHED_JWTS, ttl: JWT_CACHE_TTL_MS });
  readonly #failedTokens: FailedTokenLimit;

  constructor(
    private readonly options: AuthenticatorOptions,
    private readonly origins: OriginPolicy,
    private readonly address: ClientAddress,
  ) {
    this.#failedTokens = new FailedTokenLimit(options.maxFailuresPerMin);
  }

  get anonymous(): Principal {
    return this.options.anonymous;
  }

  /**
   * Returns the principal of a request: that of its token or ticket, else the anonymous one. Only a ticket and a JWT
   * that is not cached take time, and a promise: with one for every request, a change costs 1 us more.
   * @throws TallyError `token-invalid`, `ticket-invalid`, `too-many-failures`, `issuer-unavailable`
   */
  authenticate(request: IncomingMessage, acceptsTicket: boolean): Principal | Promise<Principal> {
    const { authorization } = request.headers;
    if (this.options.isUnrestricted) return this.options.anonymous;
    if (authorization !== undefined) return this.#authenticateToken(request, authorization);
    const ticket = acceptsTicket ? findTicket(request.url ?? '') : undefined;
    return ticket === undefined ? this.options.anonymous : this.#authenticateTicket(request, ticket);
  }

  /**
   * Looks at the token first and at the address only if no cheap check knows the token: clients behind one address
   * cannot lock each other out. Few of those that can be guessed are looked at, right or wrong.
   */
  #authenticateToken(request: IncomingMessage, authorization: string): Principal | Promise<Principal> {
    const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (token === undefined) {
      this.#failedTokens.recordFailure(this.address.getAddress(request));
      throw new TallyError('token-invalid', 'the Authorization header must be `Bearer <token>`');
    }
    const digest = digestSecret(token);
    const id = digest.toString('base64');
    const known = this.options.tokens.find(digest);
    if (known?.isWeak === false) return known.principal;
    const verified = this.#verifiedJwts.get(id);
    if (verified) return verified;
    const address = this.address.getAddress(request);
    if (known) {
      if (this.#failedTokens.isLockedOut(address, id)) this.#failedTokens.consumeGuess(address);
      this.#failedTokens.recordSuccess(address, id);
      return known.principal;
    }
    if (this.options.jwt && isJwtShaped(token)) return this.#authenticateJwt(this.options.jwt, token, id, address);
    this.#failedTokens.recordFailure(address);
    throw new TallyError('token-invalid', 'the token is not known to this service');
  }

  /** @param id digest of the token */
  async #authenticateJwt(jwt: JwtVerifier, token: string, id: string, address: string): Promise<Principal> {
    if (this.#failedTokens.isLockedOut(address, id)) {
      if (jwt.isPlausible(token)) this.#failedTokens.consumeVerification(address);
      else this.#failedTokens.recordFailure(address);
    }
    try {
      const principal = await jwt.verify(token);
      this.#verifiedJwts.set(id, principal);
      this.#failedTokens.recordSuccess(address, id);
      return principal;
    } catch (error) {
      this.#recordFailure(error, address, id);
      throw error;
    }
  }

  async #authenticateTicket(request: IncomingMessage, ticket: string): Promise<Principal> {
    try {
      return await this.options.tickets.verify(ticket, (origin) => this.#isFromOrigin(request, origin));
    } catch (error) {
      this.#recordFailure(error, this.address.getAddress(request));
      throw error;
    }
  }

  /** True if a request comes from an origin. Browsers omit the header if it is the service's own origin. */
  #isFromOrigin(request: IncomingMessage, origin: string): boolean {
    const { origin: requestOrigin } = request.headers;
    return requestOrigin === undefined
      ? origin === '' || this.origins.isOwnOrigin(request, origin)
      : requestOrigin === origin;
  }

  /** Counts a wrong token or ticket. @throws TallyError `too-many-failures` if the address is locked out */
  #recordFailure(error: unknown, address: string, id?: string): void {
    const code = error instanceof TallyError ? error.code : undefined;
    if (code === 'token-invalid' || code === 'ticket-invalid') this.#failedTokens.recordFailure(address, id);
    // The fetch of the keys has been logged.
    else if (code !== 'issuer-unavailable') this.#logger.error(error instanceof Error ? (error.cause ?? error) : error);
  }
}

function findTicket(url: string): string | undefined {
  const [, query] = url.split('?', 2);
  return query?.includes('ticket=') ? (new URLSearchParams(query).get('ticket') ?? undefined) : undefined;
}
