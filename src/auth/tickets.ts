/** Tickets: what a browser watches by, since its WebSocket sends no header. Signed, for half a minute, one dashboard and one origin. */
import { randomBytes } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { TallyError } from '../counters/errors.js';
import type { Principal } from './principal.js';

/** How long a ticket holds, milliseconds: time to open a connection, not to pass it on. */
export const TICKET_MS = 30_000;
const ALGORITHM = 'HS256';
const AUDIENCE = 'tallyboard:ticket';

export interface Ticket {
  readonly ticket: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** What a ticket says. */
interface Claims {
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

  async give(principal: Principal, dashboard: string, origin: string): Promise<Ticket> {
    const { name, untilMs } = principal;
    const expiresAt = Math.floor((Date.now() + TICKET_MS) / 1_000) * 1_000;
    const claims: Claims = { dashboard, origin, ...(untilMs !== undefined && { untilMs }) };
    const signer = new SignJWT({ ...claims }).setProtectedHeader({ alg: ALGORITHM }).setAudience(AUDIENCE);
    if (name !== undefined) signer.setSubject(name);
    return { ticket: await signer.setExpirationTime(expiresAt / 1_000).sign(this.#key), expiresAt };
  }

  /**
   * Who watches by a ticket, and that alone.
   * @param isFrom whether the request comes from the page of an origin
   * @throws TallyError `ticket-invalid`
   */
  async redeem(ticket: string, isFrom: (origin: string) => boolean): Promise<Principal> {
    const claims = await this.#read(ticket);
    if (!isFrom(claims.origin)) {
      throw new TallyError('ticket-invalid', 'the ticket was given to a page of another origin');
    }
    const { sub: name, untilMs, dashboard } = claims;
    return {
      ...(name !== undefined && { name }),
      grants: [{ role: 'read', dashboards: new Set([dashboard]) }],
      ...(untilMs !== undefined && { untilMs }),
    };
  }

  async #read(ticket: string): Promise<Claims & { readonly sub?: string }> {
    try {
      const options = { algorithms: [ALGORITHM], audience: AUDIENCE, requiredClaims: ['exp', 'dashboard', 'origin'] };
      return (await jwtVerify<Claims>(ticket, this.#key, options)).payload;
    } catch (error) {
      const detail = 'the ticket is past its time, or was not given here';
      throw new TallyError('ticket-invalid', detail, { cause: error });
    }
  }
}
