/** Refuses query parameters that a route does not have: a misspelt one would otherwise be ignored in silence. */
import { getMetadataStorage } from 'class-validator';
import { TallyError } from '../counters/errors.js';
import { findSimilarNames } from './similar-names.js';
import type { DtoClass } from './validation.pipe.js';

/** Parameters listed in one response. A query can have thousands. */
const MAX_ERRORS = 20;
/** Characters of a name in a message. No parameter has as many. */
const MAX_NAME_LENGTH = 64;

/** Lists the parameters of query classes: the members that have a decorator of class-validator, in their order. */
export function listParameters(shapes: readonly DtoClass<object>[]): ReadonlySet<string> {
  const rules = shapes.flatMap((shape) => getMetadataStorage().getTargetValidationMetadatas(shape, '', true, false));
  return new Set(rules.map(({ propertyName }) => propertyName));
}

/**
 * @param names names of the parameters of a request
 * @param known names of the parameters of its route
 * @throws TallyError `unknown-parameter`, which names parameters that are similar, or else all that the route has
 */
export function assertKnownParameters(names: Iterable<string>, known: ReadonlySet<string>): void {
  const unknown: string[] = [];
  for (const name of names) if (!known.has(name)) unknown.push(name.slice(0, MAX_NAME_LENGTH));
  const [first] = unknown;
  if (first === undefined) return;
  const errors = [...new Set(unknown)]
    .slice(0, MAX_ERRORS)
    .map((name) => ({ parameter: name, detail: explain(name, known) }));
  const near = findSimilarNames(first, known);
  throw new TallyError('unknown-parameter', `unknown parameter ${first}: ${explain(first, known)}`, { errors, near });
}

function explain(name: string, known: ReadonlySet<string>): string {
  const near = findSimilarNames(name, known);
  if (near.length > 0) return `did you mean ${near.join(' or ')}?`;
  return known.size === 0 ? 'the route has no parameters' : `the route has ${[...known].join(', ')}`;
}
