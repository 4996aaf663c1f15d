/** Checks request targets (RFC 9112, 3.2). */
import { TallyError } from '../counters/errors.js';

/** Returns the error for a target that is neither a path nor a valid URL. Costs a comparison for paths. */
export function findTargetError(target: string): TallyError | undefined {
  if (target.startsWith('/') || target === '*') return undefined;
  if (!/^https?:\/\//i.test(target)) {
    return new TallyError('invalid-request', 'the request target must be a path, or begin with http:// or https://');
  }
  // WHATWG's parser takes the path of `http:///order` for a host.
  return /^https?:\/\/[^/?#]/i.test(target) && URL.canParse(target)
    ? undefined
    : new TallyError('invalid-request', 'the request target is not a valid URL: send a path, such as /dashboard');
}
