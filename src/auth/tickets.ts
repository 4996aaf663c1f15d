/** Issues and verifies tickets: signed, valid for 30 s, one dashboard and one origin. Browsers watch with them. */
import { randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../clock/clock.js';
import { TallyError } from '../counters/errors.js';
import type { Principal } from './principal.js';

/** Validity of a ticket, milliseconds: enough to open a connection, too short to pass it on. */
const TICKET_TTL_MS = 30_000;
/** Accepted difference between the clocks of two instances, seconds: the default of JWT_CLOCK_SKEW_S. */
const CLOCK_TOLERANCE_S = 30;
const TICKET_ALGORITHM = 'HS256';
const TICKET_AUDIENCE = 'tallyboard:ticket';

export interface Ticket {
  readonly ticket: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

interface TicketClaims {
  readonly dashboard: string;
  /** Origin of the requesting page; empty if it was not a page. */
  readonly origin: string;
  /** Expiry of the token that the ticket was issued for, milliseconds since the Unix epoch. */
  readonly untilMs?: number;
}

export class Tickets {
  readonly #key: Uint8Array;

  /** @param secret shared by all instances that accept each other's tickets; empty for a random one */
  constructor(
    secret: string,
    private readonly clock: Clock,
  ) {
    this.#key = secret === '' ? randomBytes(32) : new TextEncoder().encode(secret);
  }

  async issue(principal: Principal, dashboard: string, origin: string): Promise<Ticket> {
    const { name, expiresAtMs: tokenExpiresAtMs } = principal;
    const expiresAt = Math.floor((this.clock.now() + TICKET_TTL_MS) / 1_000) * 1_000;
    const claims: TicketClaims = {
      dashboard,
      origin,
      ...(tokenExpiresAtMs !== undefined && { untilMs: tokenExpiresAtMs }),
    };
    const signer = new SignJWT({ ...claims })
      .setProtectedHeader({ alg: TICKET_ALGORITHM })
      .setAudience(TICKET_AUDIENCE);
    if (name !== undefined) signer.setSubject(name);
    return { ticket: await signer.setExpirationTime(expiresAt / 1_000).sign(this.#key), expiresAt };
  }

  /**
   * Returns the principal of a ticket, who may only watch its dashboard.
   * @param isFromOrigin true if the request comes from a page of an origin
   * @throws TallyError `ticket-invalid`
   */
  async verify(ticket: string, isFromOrigin: (origin: string) => boolean): Promise<Principal> {
    const claims = await this.#readClaims(ticket);
    if (!isFromOrigin(claims.origin)) {
      throw new TallyError('ticket-invalid', 'the ticket was issued to a page of another origin');
    }
    const { sub: name, untilMs, dashboard } = claims;
    return {
      ...(name !== undefined && { name }),
      grants: [{ role: 'read', dashboards: new Set([dashboard]) }],
      ...(untilMs !== undefined && { expiresAtMs: untilMs }),
    };
  }

  async #readClaims(ticket: string): Promise<TicketClaims & { readonly sub?: string }> {
    try {
      const options = {
        algorithms: [TICKET_ALGORITHM],
        audience: TICKET_AUDIENCE,
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(this.clock.now()),
        requiredClaims: ['exp', 'dashboard', 'origin'],
      };
      return (await jwtVerify<TicketClaims>(ticket, this.#key, options)).payload;
    } catch (error) {
      const detail = 'the ticket has expired or was not issued by this service';
      throw new TallyError('ticket-invalid', detail, { cause: error });
    }
  }
}
