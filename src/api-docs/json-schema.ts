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
type PropertySchemas<T> = {
  readonly [K in keyof T]-?: IsOptional<T, K> extends true ? OptionalSchema<Exclude<T[K], undefined>> : SchemaOf<T[K]>;
};

interface OptionalSchema<T> {
  readonly optional: SchemaOf<T>;
}

interface SchemaKeywords {
  readonly description?: string;
  readonly [keyword: string]: unknown;
}

export function string(keywords: SchemaKeywords = {}): SchemaOf<string> {
  return { type: 'string', ...keywords };
}

/** A whole number from 0 up, unless the keywords say otherwise. */
export function integer(keywords: SchemaKeywords = {}): SchemaOf<number> {
  return { type: 'integer', minimum: 0, ...keywords };
}

export function boolean(keywords: SchemaKeywords = {}): SchemaOf<boolean> {
  return { type: 'boolean', ...keywords };
}

/** This value and no other. */
export function literal<const T extends string | number | boolean>(value: T): SchemaOf<T> {
  return { const: value };
}

/** One of these words. */
export function enumOf<T extends string>(values: readonly T[], keywords: SchemaKeywords = {}): SchemaOf<T> {
  return { enum: values, ...keywords };
}

export function arrayOf<T>(items: SchemaOf<T>, keywords: SchemaKeywords = {}): SchemaOf<readonly T[]> {
  return { type: 'array', items, ...keywords };
}

/** Members by name, where the names are those of counters. */
export function recordOf<T>(
  pattern: RegExp,
  values: SchemaOf<T>,
  keywords: SchemaKeywords = {},
): SchemaOf<Readonly<Record<string, T>>> {
  return { type: 'object', propertyNames: { pattern: pattern.source }, additionalProperties: values, ...keywords };
}

/** One of several shapes. */
export function oneOf<T extends readonly Schema[]>(...schemas: T): SchemaOf<DescribedType<T[number]>> {
  return { oneOf: schemas };
}

type DescribedType<S> = S extends SchemaOf<infer T> ? T : never;

export function optional<T>(schema: SchemaOf<T>): OptionalSchema<T> {
  return { optional: schema };
}

/** An object with these members and no others. */
export function object<T extends object>(members: PropertySchemas<T>, keywords: SchemaKeywords = {}): SchemaOf<T> {
  const entries = Object.entries<Schema | OptionalSchema<unknown>>(members);
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

function isOptional(member: Schema | OptionalSchema<unknown>): member is OptionalSchema<unknown> {
  return 'optional' in member;
}
