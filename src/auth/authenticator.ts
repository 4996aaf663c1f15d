/** Who a request is of: by its token, by its ticket, or nobody in particular. */
import type { IncomingMessage } from 'node:http';
import { Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { TallyError } from '../counters/errors.js';
import type { ClientAddress } from './client-address.js';
import { Failures } from './failed-token-limit.js';
import { type JwtVerifier, looksLikeJwt } from './jwt-verifier.js';
import type { Origins } from './origin-policy.js';
import type { Principal } from './principal.js';
import type { Tickets } from './tickets.js';
import { digestOf, type TokenIndex } from '../config/token-list.js';

/** Most JWTs that are remembered as verified: a signature costs a hundred times as much as finding one. */
const MAX_VERIFIED = 10_000;
/** How long a verified JWT is believed without another look, milliseconds: a key that its issuer withdraws counts no longer than this. */
const VERIFIED_MS = 60_000;

export interface CredentialRules {
  readonly tokens: TokenIndex<Principal>;
  readonly jwt: JwtVerifier | undefined;
  readonly tickets: Tickets;
  /** What whoever shows no token may do. */
  readonly everyone: Principal;
  /** True where everybody may do everything: then nobody is asked for a token, and one that is shown is passed over. */
  readonly open: boolean;
  readonly maxFailuresPerMinute: number;
}

export class Credentials {
  readonly #logger = new Logger('Access');
  readonly #verified = new LRUCache<string, Principal>({ max: MAX_VERIFIED, ttl: VERIFIED_MS });
  readonly #failures: Failures;

  constructor(
    private readonly rules: CredentialRules,
    private readonly origins: Origins,
    private readonly address: ClientAddress,
  ) {
    this.#failures = new Failures(rules.maxFailuresPerMinute);
  }

  get everyone(): Principal {
    return this.rules.everyone;
  }

  /**
   * Who a request is of. At once unless a signature has to be verified.
   * @throws TallyError, or rejects with it: `token-invalid`, `ticket-invalid`, `too-many-failures`, `issuer-unavailable`
   */
  principalOf(request: IncomingMessage, byTicket: boolean): Principal | Promise<Principal> {
    const { authorization } = request.headers;
    if (this.rules.open) return this.rules.everyone;
    if (authorization !== undefined) return this.#byToken(request, authorization);
    const ticket = byTicket ? ticketIn(request.url ?? '') : undefined;
    return ticket === undefined ? this.rules.everyone : this.#byTicket(request, ticket);
  }

  #byToken(request: IncomingMessage, authorization: string): Principal | Promise<Principal> {
    const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    const digest = token === undefined ? undefined : digestOf(token);
    const id = digest?.toString('base64') ?? '';
    const address = this.address.of(request);
    this.#failures.check(address, id);
    const known = digest && (this.rules.tokens.find(digest) ?? this.#verified.get(id));
    if (known) {
      this.#failures.forgive(address, id);
      return known;
    }
    if (token !== undefined && this.rules.jwt && looksLikeJwt(token)) {
      return this.#verify(this.rules.jwt, token, id, address);
    }
    this.#failures.note(address);
    throw new TallyError(
      'token-invalid',
      token ? 'the token is not known here' : 'Authorization is not `Bearer <token>`',
    );
  }

  async #verify(jwt: JwtVerifier, token: string, id: string, address: string): Promise<Principal> {
    try {
      const principal = await jwt.verify(token);
      this.#verified.set(id, principal);
      this.#failures.forgive(address, id);
      return principal;
    } catch (error) {
      this.#noteFailure(error, address);
      throw error;
    }
  }

  async #byTicket(request: IncomingMessage, ticket: string): Promise<Principal> {
    const address = this.address.of(request);
    this.#failures.check(address);
    try {
      return await this.rules.tickets.redeem(ticket, (origin) => this.#isFrom(request, origin));
    } catch (error) {
      this.#noteFailure(error, address);
      throw error;
    }
  }

  /** A page's own streams are asked for without an origin: browsers leave it out where it is the service's own. */
  #isFrom(request: IncomingMessage, origin: string): boolean {
    const { origin: here } = request.headers;
    return here === undefined ? origin === '' || this.origins.isOwn(request, origin) : here === origin;
  }

  #noteFailure(error: unknown, address: string): void {
    const code = error instanceof TallyError ? error.code : undefined;
    if (code === 'token-invalid' || code === 'ticket-invalid') this.#failures.note(address);
    else this.#logger.error(error instanceof Error ? (error.cause ?? error) : error);
  }
}

function ticketIn(url: string): string | undefined {
  const [, query] = url.split('?', 2);
  return query?.includes('ticket=') ? (new URLSearchParams(query).get('ticket') ?? undefined) : undefined;
}
