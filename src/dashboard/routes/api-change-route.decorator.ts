/** `@ChangesCounts()`: what the documents say of a route that applies one change set. */
import type { ErrorCode } from '../../counters/errors.js';
import { ApiDocs, type RouteDocs } from '../../http/api-docs.decorator.js';

/** What such a route has of its own. */
interface ChangeRouteDocs extends Pick<RouteDocs, 'tag' | 'summary' | 'scope'> {
  /** Name of the schema of its body. Absent: it needs none, and answers in words unless JSON is preferred. */
  readonly body?: string;
  readonly problems: readonly ErrorCode[];
}

const COMMON_PROBLEMS: readonly ErrorCode[] = [
  'invalid-idempotency-key',
  'key-reused',
  'overloaded',
  'store-unavailable',
];

/** Takes an `Idempotency-Key`, answers with the outcome when it is durable. */
export function ApiChangeRoute({ tag, summary, body, scope, problems }: ChangeRouteDocs) {
  return ApiDocs({
    tag,
    summary,
    role: 'write',
    ...(scope !== undefined && { scope }),
    headers: ['Idempotency-Key'],
    ...(body !== undefined && { body }),
    responses: {
      200: {
        description: 'Counted, and durable.',
        content: { ...(body === undefined && { 'text/plain': 'Words' }), 'application/json': 'Outcome' },
        optionalHeaders: ['Idempotent-Replayed', 'RateLimit', 'RateLimit-Policy'],
      },
    },
    problems: [...problems, ...COMMON_PROBLEMS],
  });
}
