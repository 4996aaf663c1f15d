/** How variables are declared: what they mean, and what their text has to be. */
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
  return (target, name) => {
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? splitList(value) : value))(target, name);
    Satisfies((text) => splitList(text.replaceAll(',', ' ')).every(isValid), message)(target, name);
  };
}

/** Tokens as text: kept hashed from here on. */
export function TokenListString(): PropertyDecorator {
  return (target, name) => {
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? TokenList.parse(value) : value))(
      target,
      name,
    );
    ValidateBy({
      name: 'tokens',
      validator: {
        validate: (value: unknown) => value instanceof TokenList && value.fault === undefined,
        defaultMessage: (args) => (args?.value instanceof TokenList && args.value.fault) || 'must be tokens',
      },
    })(target, name);
  };
}

/** A secret as text. */
export function SecretString(): PropertyDecorator {
  return (target, name) => {
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? new Secret(value) : value))(target, name);
    IsInstance(Secret)(target, name);
  };
}

/** A REDIS_URL: it may hold a password. */
export function RedisUrlString(): PropertyDecorator {
  return (target, name) => {
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? RedisUrl.parse(value) : value))(
      target,
      name,
    );
    ValidateBy({
      name: 'redisUrl',
      validator: {
        validate: (value: unknown) => value instanceof RedisUrl && value.fault === undefined,
        defaultMessage: (args) => (args?.value instanceof RedisUrl && args.value.fault) || 'must be a URL',
      },
    })(target, name);
  };
}

export function findDescription(name: string): string {
  return DESCRIPTIONS.get(name) ?? '';
}

export function isUrlOrEmpty(text: string): boolean {
  return text === '' || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol));
}
