/** Generates JSON Schema from the class-validator rules of a DTO, so that documents and validation cannot differ. */
import { getMetadataStorage } from 'class-validator';
import { MAX_AMOUNT, NAME_PATTERN } from '../counters/counters.js';
import { type DtoClass, findNestedShape } from '../validation/validation.pipe.js';
import type { Schema } from './json-schema.js';

/** Description of each property. None may be missing. */
type DtoDescriptions<T> = {
  readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]-?: string;
};

/** Language, script, region, variants, extensions and private use (UTS 35, `unicode_locale_id`). */
const LOCALE_PATTERN =
  '^([a-zA-Z]{2,3}|[a-zA-Z]{5,8})(-[a-zA-Z]{4})?(-([a-zA-Z]{2}|\\d{3}))?(-([a-zA-Z\\d]{5,8}|\\d[a-zA-Z\\d]{3}))*(-[a-wyzA-WYZ\\d](-[a-zA-Z\\d]{2,8})+)*(-x(-[a-zA-Z\\d]{1,8})+)?$';

/** JSON Schema keywords by name of the class-validator rule. */
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
  isNumber: () => ({ type: 'number' }),
  isBoolean: () => ({ type: 'boolean' }),
  equals: (value) => ({ const: value }),
  isLocaleTag: () => ({ type: 'string', pattern: LOCALE_PATTERN, maxLength: 64 }),
  // The schema of the body says which members go together.
  isAloneWithout: () => ({}),
  isChangeAmount: () => ({ type: 'integer', minimum: -MAX_AMOUNT, maximum: MAX_AMOUNT, not: { const: 0 } }),
};

/** Schema of an object with known properties. */
export interface ObjectSchema extends Schema {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/**
 * Returns the schema of a DTO.
 * @param itemSchemas schemas of the items of its arrays and maps, by property
 * @throws Error for a rule without a counterpart in JSON Schema
 */
export function createValidationSchema<T extends object>(
  dto: DtoClass<T>,
  descriptions: DtoDescriptions<T>,
  itemSchemas: Readonly<Record<string, Schema>> = {},
): ObjectSchema {
  const properties: Record<string, Record<string, unknown>> = {};
  const defaults = Object.entries(new dto()).filter(([, value]) => value !== undefined);
  const optional = new Set(defaults.map(([property]) => property));
  for (const rule of getMetadataStorage().getTargetValidationMetadatas(dto, '', true, false)) {
    const { propertyName: property, type, name = '', constraints, each } = rule;
    if (type === 'conditionalValidation' || name === 'isChangeAmount') optional.add(property);
    const schema = (properties[property] ??= {
      description: (descriptions as Readonly<Record<string, string>>)[property],
    });
    const keywords = type === 'customValidation' ? toKeywords(name, constraints ?? []) : {};
    if (type === 'customValidation') Object.assign(schema, each ? { items: keywords } : keywords);
    else if (type === 'nestedValidation') Object.assign(schema, toItemKeywords(dto, property, itemSchemas[property]));
  }
  for (const [property, value] of defaults) Object.assign(properties[property] ?? {}, { default: value });
  const required = Object.keys(properties).filter((property) => !optional.has(property));
  return { type: 'object', properties, ...(required.length > 0 && { required }), additionalProperties: false };
}

function toKeywords(name: string, constraints: readonly unknown[]): object {
  if (name === 'isLength') return { minLength: constraints[0], maxLength: constraints[1] };
  const keywords = KEYWORDS_BY_RULE[name];
  if (!keywords) throw new Error(`no JSON Schema keyword for the rule ${name}`);
  return keywords(constraints[0]);
}

function toItemKeywords(dto: DtoClass<object>, property: string, schema: Schema | undefined): object {
  const kind = findNestedShape(dto.prototype as object, property)?.kind;
  if (!kind || !schema) throw new Error(`no schema for the items of ${dto.name}.${property}`);
  if (kind === 'object') return schema;
  if (kind === 'array') return { items: schema };
  return { propertyNames: { pattern: NAME_PATTERN.source }, additionalProperties: schema };
}
