/** Reads what came from outside as the class that says its shape, or says with JSON pointers what is wrong with it. */
import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { ValidateNested, type ValidationError, validateSync } from 'class-validator';
import { type ShapeError, TallyError } from '../counters/errors.js';

/** Most places that one answer names: more help nobody, and a body can have thousands. */
const MOST_ERRORS = 20;

type Class<T> = new () => T;

/** A property whose parts have a shape of their own. */
interface Parts {
  readonly kind: 'array' | 'map';
  readonly shape: Class<object>;
}

/** By prototype of the class, then by property. */
const PARTS = new WeakMap<object, Map<string, Parts>>();

/** A property that is an array of parts with a shape. */
export function ArrayOf(shape: Class<object>): PropertyDecorator {
  return partsOf({ kind: 'array', shape });
}

/** A property that is an object of parts by name. It is read as a Map. */
export function MapOf(shape: Class<object>): PropertyDecorator {
  return partsOf({ kind: 'map', shape });
}

function partsOf(parts: Parts): PropertyDecorator {
  return (target, name) => {
    ValidateNested({ each: true, message: 'must be an object' })(target, name);
    PARTS.set(target, (PARTS.get(target) ?? new Map<string, Parts>()).set(String(name), parts));
  };
}

/**
 * A body as an instance of its class. No body counts as an empty object.
 * @throws TallyError `invalid-request` with a JSON pointer (RFC 6901) for each place that is wrong, at most 20
 */
export function readBody<T extends object>(shape: Class<T>, body: unknown = {}): T {
  if (!isObject(body)) throw wrongShape('the body', [{ pointer: '', detail: 'must be a JSON object' }]);
  return validate(build(shape, body, []), 'the body', pointerOf);
}

/** The parameters of a query as an instance of their class; those that it does not know are passed over. @throws as `readBody`, by name */
export function readQuery<T extends object>(shape: Class<T>, query: object): T {
  return validate(plainToInstance(shape, query, { exposeDefaultValues: true }), 'the query', (path) => path.join('.'));
}

/** `@Body()` and `@Query()` of a class with rules, read as above. Everything else passes as it is. */
@Injectable()
export class ShapePipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (metatype === undefined || metatype === Object) return value;
    if (type === 'body') return readBody(metatype as Class<object>, value);
    if (type === 'query') return readQuery(metatype as Class<object>, value as object);
    return value;
  }
}

/** The error for a body or query that is wrong in these places, of which it names the first 20. */
export function wrongShape(what: string, errors: readonly ShapeError[]): TallyError {
  const [first] = errors;
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : '';
  const where = first?.pointer ? `${first.pointer} ` : '';
  return new TallyError('invalid-request', `${what} has not the right shape: ${where}${first?.detail ?? ''}${more}`, {
    errors: errors.slice(0, MOST_ERRORS),
  });
}

/** A JSON pointer (RFC 6901) to a place of a body. */
export function pointerOf(path: readonly string[]): string {
  return path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * class-transformer goes into parts of any depth that nobody declared, and fails on a member named `constructor`, which is a
 * good name for a counter. Here only declared parts are gone into.
 */
function build<T extends object>(shape: Class<T>, value: Record<string, unknown>, path: readonly string[]): T {
  const instance = new shape();
  for (const [name, member] of Object.entries(value)) {
    const here = [...path, name];
    // These would change what the instance is.
    if (name === 'constructor' || name === '__proto__') throw wrongShape('the body', [unknownMember(pointerOf(here))]);
    const parts = partsIn(shape.prototype as object, name);
    Object.assign(instance, { [name]: parts ? buildParts(parts, member, here) : member });
  }
  return instance;
}

/** How the parts of a property are shaped, if it has any. */
export function partsIn(prototype: object | null, name: string): Parts | undefined {
  if (prototype === null) return undefined;
  return PARTS.get(prototype)?.get(name) ?? partsIn(Object.getPrototypeOf(prototype) as object | null, name);
}

function buildParts({ kind, shape }: Parts, member: unknown, path: readonly string[]): unknown {
  // An array in the place of a part would pass as many parts, or none.
  const part = (value: unknown, name: string): unknown =>
    isObject(value) ? build(shape, value, [...path, name]) : null;
  if (kind === 'array')
    return Array.isArray(member) ? member.map((value, index) => part(value, String(index))) : member;
  if (!isObject(member)) return member;
  return new Map(Object.entries(member).map(([name, value]) => [name, part(value, name)]));
}

function validate<T extends object>(instance: T, what: string, pointerTo: (path: readonly string[]) => string): T {
  const faults = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: what === 'the body',
    forbidUnknownValues: true,
    stopAtFirstError: true,
  });
  if (faults.length === 0) return instance;
  throw wrongShape(what, shapeErrors(faults, [], pointerTo));
}

function shapeErrors(
  faults: readonly ValidationError[],
  path: readonly string[],
  pointerTo: (path: readonly string[]) => string,
): ShapeError[] {
  return faults.flatMap(({ property, constraints, children }) => {
    const here = [...path, property];
    const pointer = pointerTo(here);
    const own = Object.entries(constraints ?? {}).map(([rule, detail]) =>
      rule === 'whitelistValidation' ? unknownMember(pointer) : { pointer, detail },
    );
    return [...own, ...shapeErrors(children ?? [], here, pointerTo)];
  });
}

function unknownMember(pointer: string): ShapeError {
  return { pointer, detail: 'is not known here' };
}
