/** How variables are declared: what they mean, and what their text has to be. */
import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsIn, IsInstance, ValidateBy } from 'class-validator';
import { splitList } from './split-list.js';
import { Secret, TokenList } from './token-list.js';
import { RedisUrl } from './redis-url.js';

const DESCRIPTIONS = new Map<string, string>();

/** Declares what a variable means, with its unit. The table in docs/reference/configuration.md and `.env.example` are held to these words. */
export function Description(text: string): PropertyDecorator {
  return (_target, name) => void DESCRIPTIONS.set(String(name), text);
}

/** One of these words. */
export function EnumString(...values: readonly string[]): PropertyDecorator {
  return IsIn(values, { message: `must be one of ${values.join(', ')}` });
}

/** A text that passes a check. */
export function Satisfies(isValid: (text: string) => boolean, message: string): PropertyDecorator {
  return ValidateBy({
    name: 'checked',
    validator: { validate: (value) => isValid(String(value)), defaultMessage: () => message },
  });
}

/** A list with commas or white space between its parts, each of which passes a check. */
export function ListString(isValid: (part: string) => boolean, message: string): PropertyDecorator {
  return applyDecorators(
    ParseString(splitList),
    Satisfies((text) => splitList(text.replaceAll(',', ' ')).every(isValid), message),
  );
}

/** Tokens as text: kept hashed from here on. */
export function TokenListString(): PropertyDecorator {
  return applyDecorators(
    ParseString((text) => TokenList.parse(text)),
    HasNoFault(TokenList),
  );
}

/** A secret as text. */
export function SecretString(): PropertyDecorator {
  return applyDecorators(
    ParseString((text) => new Secret(text)),
    IsInstance(Secret),
  );
}

/** A REDIS_URL: it may hold a password. */
export function RedisUrlString(): PropertyDecorator {
  return applyDecorators(
    ParseString((text) => RedisUrl.parse(text)),
    HasNoFault(RedisUrl),
  );
}

function ParseString(parse: (text: string) => unknown): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? parse(value) : value));
}

/** An instance of a class that knows its own fault. */
function HasNoFault(type: typeof TokenList | typeof RedisUrl): PropertyDecorator {
  const findFault = (value: unknown): string | undefined =>
    value instanceof type ? value.fault : `must be a ${type.name}`;
  return ValidateBy({
    name: 'hasNoFault',
    validator: {
      validate: (value: unknown) => findFault(value) === undefined,
      defaultMessage: (args) => findFault(args?.value) ?? '',
    },
  });
}

export function findDescription(name: string): string {
  return DESCRIPTIONS.get(name) ?? '';
}

export function isUrlOrEmpty(text: string): boolean {
  return text === '' || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol));
}
