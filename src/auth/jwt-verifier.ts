/** Verifies JWTs (RFC 7519) with the published keys of their issuer, and maps their claims to principals. */
import { hash } from 'node:crypto';
import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Clock } from '../clock/clock.js';
import { NAME_PATTERN, TEXT_PATTERN } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { type Role, ROLES } from '../http/required-permission.decorator.js';
import { createIssuerKeys } from './issuer-keys.js';
import type { Grant, Principal } from './principal.js';

interface JwtVerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  /** URL of the issuer's public keys (JWKS, RFC 7517). */
  readonly keysUrl: URL;
  readonly algorithms: readonly string[];
  /** Accepted difference between clocks, seconds. */
  readonly clockToleranceS: number;
}

/** Scope with a role: `tallyboard:write`, or `tallyboard:write:shop` for one dashboard. */
const SCOPE_PATTERN = /^tallyboard:([a-z]+)(?::(.+))?$/;
/** A line break or another control character, with which a name could forge lines where the ledger is printed. */
const CONTROL_CHARACTER = /[\p{Cc}\u2028\u2029]/u;
/** Characters of `sub` that are kept as the name in the ledger and the log. */
const MAX_NAME_LENGTH = 200;

/** True if a token has the three parts of a JWT. */
export function isJwtShaped(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

export class JwtVerifier {
  readonly #keys: JWTVerifyGetKey;

  constructor(
    private readonly options: JwtVerifierOptions,
    private readonly clock: Clock,
  ) {
    this.#keys = createIssuerKeys(options.keysUrl);
  }

  /**
   * True if the claims say that a token is one of the issuer and has not expired. Checks no signature: costs a tenth of
   * `verify`, and sorts out most wrong tokens.
   */
  isPlausible(token: string): boolean {
    const { issuer, audience, clockToleranceS } = this.options;
    try {
      const { iss, aud, exp = 0 } = decodeJwt(token);
      return iss === issuer && [aud].flat().includes(audience) && (exp + clockToleranceS) * 1_000 > this.clock.now();
    } catch {
      return false;
    }
  }

  /**
   * Verifies a token. Its `sub` is the name, `scope`, `scp` and `permissions` list the rights, and `exp` is the end.
   * @throws TallyError `token-invalid`, `issuer-unavailable`
   */
  async verify(token: string): Promise<Principal> {
    const { issuer, audience, algorithms, clockToleranceS } = this.options;
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: clockToleranceS,
        currentDate: new Date(this.clock.now()),
        requiredClaims: ['exp', 'sub'],
      });
      const { sub, exp = 0 } = payload;
      // `requiredClaims` only checks that the claim is present.
      if (typeof sub !== 'string' || sub === '' || !TEXT_PATTERN.test(sub) || CONTROL_CHARACTER.test(sub))
        throw createClaimError('sub');
      return {
        name: truncateName(sub),
        keyOwner: `jwt:${shortenOwner(sub)}`,
        grants: parseGrants(payload),
        expiresAtMs: (exp + clockToleranceS) * 1_000,
      };
    } catch (error) {
      throw toJwtError(error);
    }
  }
}

/** Truncates between characters: half of a surrogate pair is not valid text. */
function truncateName(sub: string): string {
  return sub.length <= MAX_NAME_LENGTH ? sub : Array.from(sub).slice(0, MAX_NAME_LENGTH).join('');
}

/** A long subject is replaced by its SHA-256: two that begin alike own different keys. */
function shortenOwner(sub: string): string {
  return sub.length <= MAX_NAME_LENGTH ? sub : `sha256:${hash('sha256', sub, 'base64url')}`;
}

function parseGrants(payload: JWTPayload): readonly Grant[] {
  return [payload['scope'], payload['scp'], payload['permissions']].flatMap(parseScopeClaim).flatMap(parseGrant);
}

function parseScopeClaim(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim.filter((one) => typeof one === 'string') : [];
}

function parseGrant(scope: string): readonly Grant[] {
  const [, role, dashboard] = SCOPE_PATTERN.exec(scope) ?? [];
  if (!ROLES.includes(role as Role)) return [];
  if (dashboard === undefined) return [{ role: role as Role, dashboards: 'all' }];
  return NAME_PATTERN.test(dashboard) ? [{ role: role as Role, dashboards: new Set([dashboard]) }] : [];
}

/** Maps errors of jose: faults of the token to 401, anything else to an unavailable issuer. */
function toJwtError(error: unknown): TallyError {
  if (error instanceof TallyError) return error;
  if (error instanceof errors.JWTExpired) return new TallyError('token-invalid', 'the token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return createClaimError(error.claim);
  }
  const isTokenFault =
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported;
  if (isTokenFault) return new TallyError('token-invalid', 'the token is not a valid JWT of the configured issuer');
  return new TallyError(
    'issuer-unavailable',
    'the public keys of the issuer cannot be fetched, so JWTs cannot be verified',
    {
      cause: error,
    },
  );
}

function createClaimError(claim: string): TallyError {
  return new TallyError('token-invalid', `the claim ${claim} of the token is missing or not accepted`);
}
