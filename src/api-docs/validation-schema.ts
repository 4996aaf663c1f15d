/** JSON Schema of what comes in, from the rules of class-validator that it is held to: the two cannot differ. */
import { getMetadataStorage } from 'class-validator';
import { MAX_AMOUNT, NAME_PATTERN } from '../counters/counters.js';
import { type DtoClass, findNestedShape } from '../validation/validation.pipe.js';
import type { Schema } from './json-schema.js';

/** What each property means. Not one may be left out. */
type DtoDescriptions<T> = {
  readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]-?: string;
};

/** What the rules say in JSON Schema, by their names in class-validator. */
const KEYWORDS_BY_RULE: Readonly<Record<string, (value: unknown) => object>> = {
  isInt: () => ({ type: 'integer' }),
  min: (minimum) => ({ minimum }),
  max: (maximum) => ({ maximum }),
  isString: () => ({ type: 'string' }),
  isIn: (words) => ({ type: 'string', enum: words }),
  matches: (pattern) => ({ type: 'string', pattern: (pattern as RegExp).source }),
  isArray: () => ({ type: 'array' }),
  arrayMinSize: (minItems) => ({ minItems }),
  arrayMaxSize: (maxItems) => ({ maxItems }),
  isInstance: () => ({ type: 'object' }),
  isOptional: () => ({}),
  oneStep: () => ({ type: 'integer', minimum: -MAX_AMOUNT, maximum: MAX_AMOUNT, not: { const: 0 } }),
};

/**
 * The schema of a class with rules.
 * @param itemSchemas schemas of the parts of its arrays and maps, by property
 * @throws Error for a rule that has no counterpart here
 */
export function createValidationSchema<T extends object>(
  dto: DtoClass<T>,
  descriptions: DtoDescriptions<T>,
  itemSchemas: Readonly<Record<string, Schema>> = {},
): Schema {
  const properties: Record<string, Record<string, unknown>> = {};
  const defaults = Object.entries(new dto()).filter(([, value]) => value !== undefined);
  const optional = new Set(defaults.map(([property]) => property));
  for (const rule of getMetadataStorage().getTargetValidationMetadatas(dto, '', true, false)) {
    const { propertyName: property, type, name = '', constraints } = rule;
    if (type === 'conditionalValidation' || name === 'oneStep') optional.add(property);
    const schema = (properties[property] ??= {
      description: (descriptions as Readonly<Record<string, string>>)[property],
    });
    if (type === 'customValidation') Object.assign(schema, toKeywords(name, constraints ?? []));
    else if (type === 'nestedValidation') Object.assign(schema, toItemKeywords(dto, property, itemSchemas[property]));
  }
  for (const [property, value] of defaults) Object.assign(properties[property] ?? {}, { default: value });
  const required = Object.keys(properties).filter((property) => !optional.has(property));
  return { type: 'object', properties, ...(required.length > 0 && { required }), additionalProperties: false };
}

function toKeywords(name: string, constraints: readonly unknown[]): object {
  if (name === 'isLength') return { minLength: constraints[0], maxLength: constraints[1] };
  const keywords = KEYWORDS_BY_RULE[name];
  if (!keywords) throw new Error(`the rule ${name} has no counterpart in JSON Schema here`);
  return keywords(constraints[0]);
}

function toItemKeywords(dto: DtoClass<object>, property: string, schema: Schema | undefined): object {
  const kind = findNestedShape(dto.prototype as object, property)?.kind;
  if (!kind || !schema) throw new Error(`the parts of ${dto.name}.${property} are not described`);
  if (kind === 'array') return { items: schema };
  return { propertyNames: { pattern: NAME_PATTERN.source }, additionalProperties: schema };
}
