/** Says in the reader's language why the service has refused something, or failed. */
import { RefusedError, type ServerProblem, UnavailableError } from '../../src/client/client.js';
import { words, type Words } from './locale.js';

/** Texts by code of the error catalogue: the most frequent ones, where no other part of the page has a better text. */
const TEXTS: Readonly<Record<string, keyof Words['problems']>> = {
  'token-required': 'signIn',
  'token-invalid': 'signIn',
  forbidden: 'forbidden',
  'unknown-dashboard': 'noBoard',
  'unknown-counter': 'noCounter',
  'definition-changed': 'changed',
  'too-many-counters': 'full',
  'too-many-dashboards': 'full',
  'too-many-rules': 'full',
  'too-many-changes': 'tooMany',
  'too-many-upgrades': 'tooMany',
  'too-many-from-address': 'tooMany',
  'too-many-failures': 'tooMany',
  overloaded: 'busy',
  stopping: 'busy',
  'internal-error': 'failed',
};

/** @param message the service's text, for what the page has no text of its own */
export function describeProblem(problem: ServerProblem | undefined, message: string): string {
  const { problems, status } = words.value;
  if (problem?.code === 'store-unavailable') return status.storeAway;
  const text = problem?.code === undefined ? undefined : TEXTS[problem.code];
  return text === undefined ? message : problems[text];
}

/** Describes what a request has thrown. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UnavailableError && !error.problem) return words.value.problems.away;
  const isKnown = error instanceof RefusedError || error instanceof UnavailableError;
  return isKnown ? describeProblem(error.problem, message) : message;
}
