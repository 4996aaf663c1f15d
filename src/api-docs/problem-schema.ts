/** Schemas of problem documents (RFC 9457), and of those about a line of a stream. */
import { ERROR_CATALOG } from '../counters/error-catalog.js';
import type { ErrorCode } from '../counters/errors.js';
import type { ProblemDetails } from '../http/problem-details.js';
import { arrayOf, enumOf, integer, literal, object, oneOf, optional, string } from './json-schema.js';

const PROBLEM_PROPERTIES = {
  type: string({
    pattern: '^urn:tallyboard:problem:[a-z-]+$',
    description: 'Stable identifier of the kind of problem.',
  }),
  title: string({ description: 'Summary of the kind of problem, the same for every occurrence.' }),
  status: integer({ minimum: 400, maximum: 599, description: 'HTTP status.' }),
  detail: string({ description: 'What happened in this occurrence.' }),
  code: enumOf(Object.keys(ERROR_CATALOG) as ErrorCode[]),
  remedy: string({ description: 'What the caller can do about it.' }),
  errors: optional(
    arrayOf(
      oneOf(
        object<{ readonly pointer: string; readonly detail: string }>({
          pointer: string({ description: 'JSON Pointer (RFC 6901) into the body. Empty: the whole body.' }),
          detail: string(),
        }),
        object<{ readonly parameter: string; readonly detail: string }>({
          parameter: string({ description: 'Name of a parameter of the query or the path.' }),
          detail: string(),
        }),
        object<{ readonly header: string; readonly detail: string }>({
          header: string({ description: 'Name of a header.' }),
          detail: string(),
        }),
      ),
      { minItems: 1, maxItems: 20, description: 'Invalid fields, headers or parameters.' },
    ),
  ),
  near: optional(
    arrayOf(string(), { description: 'Existing names that are similar to the unknown one, most similar first.' }),
  ),
  oldest: optional(
    object<NonNullable<ProblemDetails['oldest']>>(
      { epoch: string(), revision: integer({ minimum: 0 }) },
      { description: 'The oldest ledger entry that is kept, or the first one to come.' },
    ),
  ),
};

export const PROBLEM_SCHEMA = object<ProblemDetails>(PROBLEM_PROPERTIES);

export const LINE_PROBLEM_SCHEMA = object<ProblemDetails & { readonly line?: number; readonly replayed?: true }>({
  ...PROBLEM_PROPERTIES,
  line: optional(integer({ minimum: 1, description: 'Number of the line that the problem is about, from 1.' })),
  replayed: optional(literal(true)),
});
