/** Errors about names that a dashboard or the service does not have, with those that are similar. */
import { TallyError } from '../../counters/errors.js';
import { findSimilarNames } from '../../validation/similar-names.js';

export function explainUnknownDashboard(name: string, names: Iterable<string>): TallyError {
  return createUnknownNameError('unknown-dashboard', `there is no dashboard named ${name}`, name, names);
}

export function explainUnknownCounter(
  { dashboard, counterNames }: { readonly dashboard: string; readonly counterNames: Iterable<string> },
  counter: string,
): TallyError {
  return createUnknownNameError(
    'unknown-counter',
    `${dashboard} has no counter named ${counter}`,
    counter,
    counterNames,
  );
}

function createUnknownNameError(
  code: 'unknown-dashboard' | 'unknown-counter',
  detail: string,
  name: string,
  names: Iterable<string>,
): TallyError {
  const near = findSimilarNames(name, names);
  return new TallyError(code, near.length > 0 ? `${detail}: did you mean ${near.join(' or ')}?` : detail, { near });
}
