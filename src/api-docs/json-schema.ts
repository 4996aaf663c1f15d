/** JSON Schema (2020-12) from builders that know the type they describe: a member more or less in either does not compile. */

declare const DESCRIBES: unique symbol;

/** A schema of JSON that reads as a `T`. */
export interface SchemaOf<T> {
  readonly [keyword: string]: unknown;
  readonly [DESCRIBES]?: T;
}

/** A schema of anything. */
export type Schema = SchemaOf<unknown>;

type IsOptional<T, K extends keyof T> = T extends Record<K, unknown> ? false : true;

/** The schema of each member of `T`; those that may be absent are marked by `optional`. */
type Members<T> = {
  readonly [K in keyof T]-?: IsOptional<T, K> extends true ? Optional<Exclude<T[K], undefined>> : SchemaOf<T[K]>;
};

interface Optional<T> {
  readonly optional: SchemaOf<T>;
}

interface Keywords {
  readonly description?: string;
  readonly [keyword: string]: unknown;
}

export function text(keywords: Keywords = {}): SchemaOf<string> {
  return { type: 'string', ...keywords };
}

/** A whole number from 0 up, unless the keywords say otherwise. */
export function whole(keywords: Keywords = {}): SchemaOf<number> {
  return { type: 'integer', minimum: 0, ...keywords };
}

export function yesOrNo(keywords: Keywords = {}): SchemaOf<boolean> {
  return { type: 'boolean', ...keywords };
}

/** This value and no other. */
export function only<const T extends string | number | boolean>(value: T): SchemaOf<T> {
  return { const: value };
}

/** One of these words. */
export function among<T extends string>(words: readonly T[], keywords: Keywords = {}): SchemaOf<T> {
  return { enum: words, ...keywords };
}

export function listOf<T>(items: SchemaOf<T>, keywords: Keywords = {}): SchemaOf<readonly T[]> {
  return { type: 'array', items, ...keywords };
}

/** Members by name, where the names are those of counters. */
export function byName<T>(
  pattern: RegExp,
  values: SchemaOf<T>,
  keywords: Keywords = {},
): SchemaOf<Readonly<Record<string, T>>> {
  return { type: 'object', propertyNames: { pattern: pattern.source }, additionalProperties: values, ...keywords };
}

/** One of several shapes. */
export function oneOf<T extends readonly Schema[]>(...schemas: T): SchemaOf<TypeOf<T[number]>> {
  return { oneOf: schemas };
}

type TypeOf<S> = S extends SchemaOf<infer T> ? T : never;

export function optional<T>(schema: SchemaOf<T>): Optional<T> {
  return { optional: schema };
}

/** An object with these members and no others. */
export function object<T extends object>(members: Members<T>, keywords: Keywords = {}): SchemaOf<T> {
  const entries = Object.entries<Schema | Optional<unknown>>(members);
  const required = entries.filter(([, member]) => !isOptional(member)).map(([name]) => name);
  const properties = entries.map(([name, member]) => [name, isOptional(member) ? member.optional : member]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
    ...keywords,
  };
}

function isOptional(member: Schema | Optional<unknown>): member is Optional<unknown> {
  return 'optional' in member;
}
