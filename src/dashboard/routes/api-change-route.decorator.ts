/** `@ApiChangeRoute()`: API documentation of a route that applies one change set. */
import type { ErrorCode } from '../../counters/errors.js';
import { ApiDocs, type RouteDocs } from '../../http/api-docs.decorator.js';

interface ChangeRouteDocs extends Pick<RouteDocs, 'operationId' | 'tag' | 'summary' | 'scope'> {
  /**
   * Name of the body's schema. Absent: a short route, which needs no body and answers with text unless JSON is
   * preferred.
   */
  readonly body?: string;
  readonly problems: readonly ErrorCode[];
}

const COMMON_PROBLEMS: readonly ErrorCode[] = [
  'invalid-idempotency-key',
  'key-reused',
  'overloaded',
  'store-unavailable',
  'data-damaged',
];

export function ApiChangeRoute({ operationId, tag, summary, body, scope, problems }: ChangeRouteDocs) {
  return ApiDocs({
    operationId,
    tag,
    summary,
    role: 'write',
    ...(scope !== undefined && { scope }),
    headers: ['Idempotency-Key'],
    ...(body === undefined ? { ignoresUnknownParameters: true } : { body }),
    responses: {
      200: {
        description: 'The change is counted and durable.',
        // Some generators of clients know the first type only.
        content: { 'application/json': 'Outcome', ...(body === undefined && { 'text/plain': 'Words' }) },
        optionalHeaders: ['Idempotent-Replayed', 'RateLimit', 'RateLimit-Policy'],
      },
    },
    problems: [...problems, ...COMMON_PROBLEMS],
  });
}
