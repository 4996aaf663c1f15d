/** How variables are declared: what they mean, and what their text has to be. */
import { Transform } from 'class-transformer';
import { IsIn, IsInstance, ValidateBy } from 'class-validator';
import { splitList } from './split-list.js';
import { Secret, TokenList } from './token-list.js';
import { RedisUrl } from './redis-url.js';

const MEANINGS = new Map<string, string>();

/** Declares what a variable means, with its unit. The README's table and `.env.example` are held to these words. */
export function Meaning(text: string): PropertyDecorator {
  return (_target, name) => void MEANINGS.set(String(name), text);
}

/** One of these words. */
export function OneOf(...values: readonly string[]): PropertyDecorator {
  return IsIn(values, { message: `must be one of ${values.join(', ')}` });
}

/** A text that passes a check. */
export function Checked(passes: (text: string) => boolean, message: string): PropertyDecorator {
  return ValidateBy({
    name: 'checked',
    validator: { validate: (value) => passes(String(value)), defaultMessage: () => message },
  });
}

/** A list with commas or white space between its parts, each of which passes a check. */
export function ListOf(passes: (part: string) => boolean, message: string): PropertyDecorator {
  return (target, name) => {
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? splitList(value) : value))(target, name);
    Checked((text) => splitList(text.replaceAll(',', ' ')).every(passes), message)(target, name);
  };
}

/** Tokens as text: kept hashed from here on. */
export function Tokens(): PropertyDecorator {
  return (target, name) => {
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? TokenList.read(value) : value))(
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
export function SecretText(): PropertyDecorator {
  return (target, name) => {
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? new Secret(value) : value))(target, name);
    IsInstance(Secret)(target, name);
  };
}

/** A REDIS_URL: it may hold a password. */
export function RedisUrlText(): PropertyDecorator {
  return (target, name) => {
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? RedisUrl.read(value) : value))(
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

export function meaningOf(name: string): string {
  return MEANINGS.get(name) ?? '';
}

export function isUrlOrEmpty(text: string): boolean {
  return text === '' || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol));
}
