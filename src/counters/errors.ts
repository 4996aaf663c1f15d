/** Errors of the catalogue: as an exception, and as data that crosses threads. */
import { ERROR_CATALOG, type ErrorDefinition } from './error-catalog.js';

export type ErrorCode = keyof typeof ERROR_CATALOG;

/** Reason why a change set was refused. Plain data: it crosses threads and is stored under an idempotency key. */
export interface Refusal {
  readonly code: ErrorCode;
  /** Description of this occurrence, for people. */
  readonly detail: string;
}

/** An invalid part of a request. Exactly one of `pointer`, `parameter` and `header` says which. */
export interface FieldError {
  /** JSON pointer (RFC 6901) into the body. Empty: the whole body. */
  readonly pointer?: string;
  /** Name of a parameter of the query or the path. */
  readonly parameter?: string;
  /** Name of a header. */
  readonly header?: string;
  readonly detail: string;
}

/** Error with a code of the catalogue. Only the problem filter turns it into an HTTP status. */
export class TallyError extends Error {
  /** True if the error is the stored result of an earlier change set with the same idempotency key. */
  readonly replayed: boolean;
  /** Methods for the `Allow` header of `method-not-allowed`. */
  declare readonly allow?: readonly string[];
  declare readonly errors?: readonly FieldError[];
  /** Existing names that resemble an unknown one, closest first. */
  declare readonly near?: readonly string[];
  /** The oldest ledger entry that is kept, or the first one to come. */
  declare readonly oldest?: { readonly epoch: string; readonly revision: number };
  /** Seconds until a retry makes sense, if known more exactly than {@link ErrorDefinition.retryAfterS}. */
  declare readonly retryAfterS?: number;

  constructor(
    readonly code: ErrorCode,
    detail: string,
    options: Partial<
      Pick<TallyError, 'replayed' | 'allow' | 'errors' | 'near' | 'oldest' | 'retryAfterS' | 'cause'>
    > = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TallyError';
    this.replayed = options.replayed ?? false;
    if (options.allow) this.allow = options.allow;
    if (options.errors) this.errors = options.errors;
    if (options.near) this.near = options.near;
    if (options.oldest) this.oldest = options.oldest;
    if (options.retryAfterS !== undefined) this.retryAfterS = options.retryAfterS;
  }

  get definition(): ErrorDefinition {
    return ERROR_CATALOG[this.code];
  }
}

/** Returns the pointer or name of an invalid part, empty for the whole body. */
export function getFieldName({ pointer, parameter, header }: FieldError): string {
  return pointer ?? parameter ?? header ?? '';
}

/** Returns the stable problem type of an error code (RFC 9457 `type`). */
export function toProblemType(code: ErrorCode): string {
  return `urn:tallyboard:problem:${code}`;
}

/** Returns the message of a thrown value. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
