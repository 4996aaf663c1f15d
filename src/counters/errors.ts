/** Errors of the catalogue, as they are thrown and as they travel. */
import { ERROR_CATALOG, type ErrorDefinition } from './error-catalog.js';

export type ErrorCode = keyof typeof ERROR_CATALOG;

/** A change set that met a rule: data, so that it crosses threads and is remembered under an idempotency key. */
export interface Refusal {
  readonly code: ErrorCode;
  /** What happened this time, for a person. */
  readonly detail: string;
}

/** One place of a request body that is wrong. */
export interface FieldError {
  /** JSON pointer (RFC 6901) into the body, or the name of a header or parameter. */
  readonly pointer: string;
  readonly detail: string;
}

/** Thrown wherever the answer is a problem of the catalogue. The problem filter alone turns it into a status. */
export class TallyError extends Error {
  /** True when the error is the remembered outcome of an earlier change set with the same key. */
  readonly replayed: boolean;
  /** Methods for the `Allow` header of a `method-not-allowed`. */
  declare readonly allow?: readonly string[];
  declare readonly errors?: readonly FieldError[];
  /** Names that are near the unknown one. */
  declare readonly near?: readonly string[];
  /** Seconds after which a retry makes sense, where it is known better than by the kind of problem. */
  declare readonly retryAfterS?: number;

  constructor(
    readonly code: ErrorCode,
    detail: string,
    options: Partial<Pick<TallyError, 'replayed' | 'allow' | 'errors' | 'near' | 'retryAfterS' | 'cause'>> = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TallyError';
    this.replayed = options.replayed ?? false;
    if (options.allow) this.allow = options.allow;
    if (options.errors) this.errors = options.errors;
    if (options.near) this.near = options.near;
    if (options.retryAfterS !== undefined) this.retryAfterS = options.retryAfterS;
  }

  get definition(): ErrorDefinition {
    return ERROR_CATALOG[this.code];
  }
}

/** The stable, documented identifier of a kind of problem (RFC 9457 `type`). */
export function toProblemType(code: ErrorCode): string {
  return `urn:tallyboard:problem:${code}`;
}

/** Returns the message of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
