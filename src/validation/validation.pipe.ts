/** Validates bodies and queries against classes with rules, and reports each invalid field or parameter. */
import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { ValidateNested, type ValidationError, validateSync } from 'class-validator';
import { type FieldError, getFieldName, TallyError } from '../counters/errors.js';

/** Fields listed in one response. A body can have thousands that are invalid, and more than these help nobody. */
const MAX_ERRORS = 20;

/** Class with the rules of a body or query. */
export type DtoClass<T> = new () => T;

/** Property that holds instances of another class. */
interface NestedShape {
  readonly kind: 'object' | 'array' | 'map';
  readonly shape: DtoClass<object>;
}

/** Returns how an error names a member of a body or query. */
type LocateField = (path: readonly string[]) => Omit<FieldError, 'detail'>;

/** Nested shapes by prototype of the class, then by property. */
const NESTED_SHAPES = new WeakMap<object, Map<string, NestedShape>>();

/** Declares a property as an instance of `shape`. */
export function ObjectOfShape(shape: DtoClass<object>): PropertyDecorator {
  return declareNested({ kind: 'object', shape });
}

/** Declares a property as an array of `shape`. */
export function ArrayOfShape(shape: DtoClass<object>): PropertyDecorator {
  return declareNested({ kind: 'array', shape });
}

/** Declares a property as an object whose values are of `shape`. Parsed as a Map. */
export function MapOfShape(shape: DtoClass<object>): PropertyDecorator {
  return declareNested({ kind: 'map', shape });
}

function declareNested(nested: NestedShape): PropertyDecorator {
  return (target, name) => {
    ValidateNested({ each: nested.kind !== 'object', message: 'must be an object' })(target, name);
    NESTED_SHAPES.set(target, (NESTED_SHAPES.get(target) ?? new Map<string, NestedShape>()).set(String(name), nested));
  };
}

/**
 * Returns a body as an instance of its class. A missing body counts as an empty object.
 * @throws TallyError `invalid-request`, with a JSON pointer (RFC 6901) for each invalid field, at most 20
 */
export function parseBody<T extends object>(shape: DtoClass<T>, body: unknown = {}): T {
  if (!isJsonObject(body))
    throw createShapeError('the request body', [{ pointer: '', detail: 'must be a JSON object' }]);
  return validateInstance(buildInstance(shape, body, []), 'the request body', locateInBody);
}

/**
 * Returns a query as an instance of its class. Ignores unknown parameters.
 * @throws TallyError `invalid-request`, with the name of each invalid parameter
 */
export function parseQuery<T extends object>(shape: DtoClass<T>, query: object): T {
  const instance = plainToInstance(shape, query, { exposeDefaultValues: true });
  return validateInstance(instance, 'the query', (path) => ({ parameter: path.join('.') }));
}

function locateInBody(path: readonly string[]): Pick<FieldError, 'pointer'> {
  return { pointer: toJsonPointer(path) };
}

/**
 * Validates every `@Body()` and `@Query()` that is typed as a class with rules. Everything else passes unchanged: path
 * parameters, single members such as `@Query('verbose')`, and parameters without a class.
 */
@Injectable()
export class DtoValidationPipe implements PipeTransform {
  transform(value: unknown, { type, metatype, data }: ArgumentMetadata): unknown {
    if (data !== undefined || metatype === undefined || metatype === Object) return value;
    if (type === 'body') return parseBody(metatype as DtoClass<object>, value);
    if (type === 'query') return parseQuery(metatype as DtoClass<object>, value as object);
    return value;
  }
}

/** Returns the error for a body or query with these invalid fields. It lists the first 20. */
export function createShapeError(subject: string, errors: readonly FieldError[]): TallyError {
  const [firstError] = errors;
  const others = errors.length > 1 ? `, and ${errors.length - 1} more` : '';
  const name = firstError ? getFieldName(firstError) : '';
  const where = name && `${name} `;
  return new TallyError('invalid-request', `${subject} is invalid: ${where}${firstError?.detail ?? ''}${others}`, {
    errors: errors.slice(0, MAX_ERRORS),
  });
}

/** Returns the JSON pointer (RFC 6901) of a path. */
export function toJsonPointer(path: readonly string[]): string {
  return path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Builds an instance of a class from JSON, and instances of the nested classes that it declares. class-transformer
 * would descend into undeclared members of any depth, and fails on a member named `constructor`, a valid name for a
 * counter.
 */
function buildInstance<T extends object>(
  shape: DtoClass<T>,
  value: Record<string, unknown>,
  path: readonly string[],
): T {
  const instance = new shape();
  for (const [name, member] of Object.entries(value)) {
    const memberPath = [...path, name];
    // Assigning these would replace the prototype or the constructor of the instance.
    if (name === 'constructor' || name === '__proto__')
      throw createShapeError('the request body', [createUnknownFieldError(locateInBody(memberPath))]);
    const nested = findNestedShape(shape.prototype as object, name);
    Object.assign(instance, { [name]: nested ? buildNested(nested, member, memberPath) : member });
  }
  return instance;
}

/** Returns the nested shape of a property, own or inherited. */
export function findNestedShape(prototype: object | null, name: string): NestedShape | undefined {
  if (prototype === null) return undefined;
  return (
    NESTED_SHAPES.get(prototype)?.get(name) ?? findNestedShape(Object.getPrototypeOf(prototype) as object | null, name)
  );
}

function buildNested({ kind, shape }: NestedShape, member: unknown, path: readonly string[]): unknown {
  // ValidateNested would accept an array here as zero or more instances: null makes it fail.
  const buildPart = (value: unknown, name: string): unknown =>
    isJsonObject(value) ? buildInstance(shape, value, [...path, name]) : null;
  if (kind === 'object') {
    if (isJsonObject(member)) return buildInstance(shape, member, path);
    // Null stands for an absent member; any text makes it fail.
    return member === null ? null : 'invalid';
  }
  if (kind === 'array')
    return Array.isArray(member) ? member.map((value, index) => buildPart(value, String(index))) : member;
  if (!isJsonObject(member)) return member;
  return new Map(Object.entries(member).map(([name, value]) => [name, buildPart(value, name)]));
}

function validateInstance<T extends object>(instance: T, subject: string, locate: LocateField): T {
  const violations = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: subject === 'the request body',
    forbidUnknownValues: true,
    stopAtFirstError: true,
  });
  if (violations.length === 0) return instance;
  throw createShapeError(subject, toFieldErrors(violations, [], locate));
}

function toFieldErrors(
  violations: readonly ValidationError[],
  path: readonly string[],
  locate: LocateField,
): FieldError[] {
  return violations.flatMap(({ property, constraints, children }) => {
    const memberPath = [...path, property];
    const location = locate(memberPath);
    const ownErrors = Object.entries(constraints ?? {}).map(([rule, detail]) =>
      rule === 'whitelistValidation' ? createUnknownFieldError(location) : { ...location, detail },
    );
    return [...ownErrors, ...toFieldErrors(children ?? [], memberPath, locate)];
  });
}

function createUnknownFieldError(location: ReturnType<LocateField>): FieldError {
  return { ...location, detail: 'is not a known field' };
}
