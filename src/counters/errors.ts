/** Errors of the catalogue, as they are thrown and as they travel. */
import { CATALOGUE, type Fault } from './error-catalog.js';

export type ErrorCode = keyof typeof CATALOGUE;

/** A change set that met a rule: data, so that it crosses threads and is remembered under an idempotency key. */
export interface Refusal {
  readonly code: ErrorCode;
  /** What happened this time, for a person. */
  readonly detail: string;
}

/** One place of a request body that is wrong. */
export interface ShapeError {
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
  declare readonly errors?: readonly ShapeError[];
  /** Names that are near the unknown one. */
  declare readonly near?: readonly string[];
  /** Seconds after which a retry makes sense, where it is known better than by the kind of problem. */
  declare readonly retryAfterS?: number;

  constructor(
    readonly code: ErrorCode,
    detail: string,
    more: Partial<Pick<TallyError, 'replayed' | 'allow' | 'errors' | 'near' | 'retryAfterS' | 'cause'>> = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'TallyError';
    this.replayed = more.replayed ?? false;
    if (more.allow) this.allow = more.allow;
    if (more.errors) this.errors = more.errors;
    if (more.near) this.near = more.near;
    if (more.retryAfterS !== undefined) this.retryAfterS = more.retryAfterS;
  }

  get fault(): Fault {
    return CATALOGUE[this.code];
  }
}

/** The stable, documented identifier of a kind of problem (RFC 9457 `type`). */
export function problemType(code: ErrorCode): string {
  return `urn:tallyboard:problem:${code}`;
}
