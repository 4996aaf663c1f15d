/** Generates JSON Schema from the class-validator rules of a DTO, so that documents and validation cannot differ. */
import { getMetadataStorage } from 'class-validator';
import { MAX_AMOUNT, NAME_PATTERN } from '../counters/counters.js';
import { type DtoClass, findNestedShape } from '../validation/validation.pipe.js';
import type { Schema } from './json-schema.js';

/** Description of each property. None may be missing. */
type DtoDescriptions<T> = {
  readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]-?: string;
};

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
  isChangeAmount: () => ({ type: 'integer', minimum: -MAX_AMOUNT, maximum: MAX_AMOUNT, not: { const: 0 } }),
};

/**
 * Returns the schema of a DTO.
 * @param itemSchemas schemas of the items of its arrays and maps, by property
 * @throws Error for a rule without a counterpart in JSON Schema
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
    if (type === 'conditionalValidation' || name === 'isChangeAmount') optional.add(property);
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
  if (!keywords) throw new Error(`no JSON Schema keyword for the rule ${name}`);
  return keywords(constraints[0]);
}

function toItemKeywords(dto: DtoClass<object>, property: string, schema: Schema | undefined): object {
  const kind = findNestedShape(dto.prototype as object, property)?.kind;
  if (!kind || !schema) throw new Error(`no schema for the items of ${dto.name}.${property}`);
  if (kind === 'array') return { items: schema };
  return { propertyNames: { pattern: NAME_PATTERN.source }, additionalProperties: schema };
}
