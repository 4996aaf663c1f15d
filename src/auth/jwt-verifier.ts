/** Tokens of an issuer (JWT, RFC 7519): verified by its published keys, with the claims that say who and what. */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { NAME_PATTERN, TEXT_PATTERN } from '../counters/counters.js';
import { TallyError } from '../counters/errors.js';
import { type Role, ROLES } from '../http/required-permission.decorator.js';
import type { Grant, Principal } from './principal.js';

interface JwtVerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer's keys are published (JWKS, RFC 7517). */
  readonly keysUrl: URL;
  readonly algorithms: readonly string[];
  /** By how much clocks may differ, seconds. */
  readonly clockToleranceS: number;
}

/** A claim of the scopes that are ours: `tallyboard:write`, or `tallyboard:write:shop` for one dashboard. */
const SCOPE_PATTERN = /^tallyboard:([a-z]+)(?::(.+))?$/;
/** Names go to the ledger and the log. */
const MAX_NAME_LENGTH = 200;

/** Whether a token has the form of a JWT (three parts): others are none of the issuer's. */
export function isJwtShaped(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
}

export class JwtVerifier {
  readonly #keys: JWTVerifyGetKey;

  constructor(private readonly options: JwtVerifierOptions) {
    // Fetched when first needed, and again when a key is unknown (at most each 30 s) or after 10 min: jose's defaults.
    this.#keys = createRemoteJWKSet(options.keysUrl);
  }

  /**
   * Who a token is of: `sub`, with the rights that `scope` (or `scp`, or `permissions`) lists, until `exp`.
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
        requiredClaims: ['exp', 'sub'],
      });
      const { sub, exp = 0 } = payload;
      // Required is only that it is there.
      if (typeof sub !== 'string' || sub === '' || !TEXT_PATTERN.test(sub)) throw createClaimError('sub');
      return { name: truncateName(sub), grants: parseGrants(payload), expiresAtMs: (exp + clockToleranceS) * 1_000 };
    } catch (error) {
      throw toJwtError(error);
    }
  }
}

/** Cut between characters: half of one is no text. */
function truncateName(sub: string): string {
  return sub.length <= MAX_NAME_LENGTH ? sub : Array.from(sub).slice(0, MAX_NAME_LENGTH).join('');
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

/** What is wrong with a token is told; what is wrong with the issuer is not the token's fault. */
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
  if (isTokenFault) return new TallyError('token-invalid', 'the token is not one of the issuer');
  return new TallyError(
    'issuer-unavailable',
    'the keys of the issuer cannot be had, and no token can be told from another',
    {
      cause: error,
    },
  );
}

function createClaimError(claim: string): TallyError {
  return new TallyError('token-invalid', `the claim ${claim} of the token is not as it has to be here`);
}
