/** Tickets: what a browser watches by, since its WebSocket sends no header. Signed, for half a minute, one dashboard and one origin. */
import { randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { TallyError } from '../counters/errors.js';
import type { Principal } from './principal.js';

/** How long a ticket holds, milliseconds: time to open a connection, not to pass it on. */
const TICKET_TTL_MS = 30_000;
const TICKET_ALGORITHM = 'HS256';
const TICKET_AUDIENCE = 'tallyboard:ticket';

export interface Ticket {
  readonly ticket: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** What a ticket says. */
interface TicketClaims {
  readonly dashboard: string;
  /** Of the page that asked for it; empty when no page did. */
  readonly origin: string;
  /** When the token that it was given for ends, milliseconds since the Unix epoch. */
  readonly untilMs?: number;
}

export class Tickets {
  readonly #key: Uint8Array;

  /** @param secret shared by all instances that are to take each other's tickets; random when it is empty */
  constructor(secret: string) {
    this.#key = secret === '' ? randomBytes(32) : new TextEncoder().encode(secret);
  }

  async issue(principal: Principal, dashboard: string, origin: string): Promise<Ticket> {
    const { name, expiresAtMs: tokenExpiresAtMs } = principal;
    const expiresAt = Math.floor((Date.now() + TICKET_TTL_MS) / 1_000) * 1_000;
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
   * Who watches by a ticket, and that alone.
   * @param isFromOrigin whether the request comes from the page of an origin
   * @throws TallyError `ticket-invalid`
   */
  async verify(ticket: string, isFromOrigin: (origin: string) => boolean): Promise<Principal> {
    const claims = await this.#readClaims(ticket);
    if (!isFromOrigin(claims.origin)) {
      throw new TallyError('ticket-invalid', 'the ticket was given to a page of another origin');
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
        requiredClaims: ['exp', 'dashboard', 'origin'],
      };
      return (await jwtVerify<TicketClaims>(ticket, this.#key, options)).payload;
    } catch (error) {
      const detail = 'the ticket is past its time, or was not given here';
      throw new TallyError('ticket-invalid', detail, { cause: error });
    }
  }
}
