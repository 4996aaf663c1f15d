/**
 * Typed builders for JSON Schema (2020-12). Each knows the type that it describes: a property that is missing in the
 * schema or in the type does not compile.
 */

declare const DESCRIBES: unique symbol;

/** Schema of JSON that parses to a `T`. */
export interface SchemaOf<T> {
  readonly [keyword: string]: unknown;
  readonly [DESCRIBES]?: T;
}

/** Schema of any value. */
export type Schema = SchemaOf<unknown>;

type IsOptional<T, K extends keyof T> = T extends Record<K, unknown> ? false : true;

/** Schema of each property of `T`. Properties that may be absent are wrapped in {@link optional}. */
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

/** Integer, at least 0 unless `keywords` have another minimum. */
export function integer(keywords: SchemaKeywords = {}): SchemaOf<number> {
  return { type: 'integer', minimum: 0, ...keywords };
}

export function number(keywords: SchemaKeywords = {}): SchemaOf<number> {
  return { type: 'number', ...keywords };
}

export function boolean(keywords: SchemaKeywords = {}): SchemaOf<boolean> {
  return { type: 'boolean', ...keywords };
}

/** Exactly this value. */
export function literal<const T extends string | number | boolean | null>(value: T): SchemaOf<T> {
  return { type: value === null ? 'null' : typeof value, const: value };
}

/** One of these strings. */
export function enumOf<T extends string>(values: readonly T[], keywords: SchemaKeywords = {}): SchemaOf<T> {
  return { type: 'string', enum: values, ...keywords };
}

export function arrayOf<T>(items: SchemaOf<T>, keywords: SchemaKeywords = {}): SchemaOf<readonly T[]> {
  return { type: 'array', items, ...keywords };
}

/** Object with any keys that match `pattern`. */
export function recordOf<T>(
  pattern: RegExp,
  values: SchemaOf<T>,
  keywords: SchemaKeywords = {},
): SchemaOf<Readonly<Record<string, T>>> {
  return { type: 'object', propertyNames: { pattern: pattern.source }, additionalProperties: values, ...keywords };
}

/** Exactly one of these schemas. */
export function oneOf<T extends readonly Schema[]>(...schemas: T): SchemaOf<DescribedType<T[number]>> {
  return { oneOf: schemas };
}

/** Reference to a schema of the document by its name. */
export function createSchemaRef(name: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

type DescribedType<S> = S extends SchemaOf<infer T> ? T : never;

/** Marks a property that may be absent. */
export function optional<T>(schema: SchemaOf<T>): OptionalSchema<T> {
  return { optional: schema };
}

/** Object with exactly these properties. */
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
