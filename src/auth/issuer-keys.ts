/**
 * Fetches the public keys of an issuer (JWKS, RFC 7517). jose keeps them for 10 min, and asks again for an unknown key
 * at most every 30 s, but only after a success. After a failure each further JWT would ask again.
 */
import { Logger } from '@nestjs/common';
import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { errorMessage } from '../counters/errors.js';

/** Time without another attempt after a failed one, milliseconds: the `Retry-After` of `issuer-unavailable`. */
const FAILURE_COOLDOWN_MS = 5_000;

type FetchOptions = Parameters<typeof fetch>[1];

/** Returns the look-up of keys for `jwtVerify`. It rejects with the last failure while the issuer is not asked. */
export function createIssuerKeys(url: URL): JWTVerifyGetKey {
  const fetcher = new KeyFetcher();
  return createRemoteJWKSet(url, { [customFetch]: (href, options) => fetcher.fetch(href, options) });
}

class KeyFetcher {
  readonly #logger = new Logger('IssuerKeys');
  #failure: unknown;
  /** End of the cool-down on the clock of `performance`, milliseconds. */
  #retryAtMs = 0;

  /** @throws the failure of this attempt, or of the last one during the cool-down */
  async fetch(url: string, options: FetchOptions): Promise<Response> {
    if (performance.now() < this.#retryAtMs) throw this.#failure;
    try {
      return await fetchKeys(url, options);
    } catch (error) {
      this.#failure = error;
      this.#retryAtMs = performance.now() + FAILURE_COOLDOWN_MS;
      this.#logger.error(
        `cannot fetch the public keys of the issuer from ${url}: ${describeFailure(error)}. JWTs whose keys are not ` +
          `known get 503; the next attempt follows after ${FAILURE_COOLDOWN_MS / 1_000} s. If this goes on, check ` +
          'JWT_JWKS_URL',
      );
      throw error;
    }
  }
}

/** Returns a response with valid keys. @throws Error if there is none */
async function fetchKeys(url: string, options: FetchOptions): Promise<Response> {
  const response = await fetch(url, options);
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the response has status ${response.status}`);
  }
  const keys = (await response.json()) as JSONWebKeySet;
  createLocalJWKSet(keys);
  return Response.json(keys);
}

/** Returns the message of a failure. `fetch` has the reason in the cause. */
function describeFailure(error: unknown): string {
  const hasCause = typeof error === 'object' && error !== null && 'cause' in error && error.cause !== undefined;
  return errorMessage(hasCause ? error.cause : error);
}
