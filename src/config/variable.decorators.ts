/** Decorators for variables: description, parsing and validation. */
import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsIn, IsInstance, ValidateBy } from 'class-validator';
import { BrandAccent } from './brand-accent.js';
import { BrandLogo } from './brand-logo.js';
import { NotifyAllow } from './notify-allow.js';
import { splitList } from './split-list.js';
import { Secret, TokenList } from './token-list.js';
import { RedisUrl } from './redis-url.js';

const DESCRIPTIONS = new Map<string, string>();

/** Describes a variable, with its unit. `npm run reference` copies the text to the documentation and `.env.example`. */
export function Description(text: string): PropertyDecorator {
  return (_target, name) => void DESCRIPTIONS.set(String(name), text);
}

export function EnumString(...values: readonly string[]): PropertyDecorator {
  return IsIn(values, { message: `must be one of ${values.join(', ')}` });
}

export function Satisfies(isValid: (text: string) => boolean, message: string): PropertyDecorator {
  return ValidateBy({
    name: 'checked',
    validator: { validate: (value) => isValid(String(value)), defaultMessage: () => message },
  });
}

/** List separated by commas or white space. Each part must pass a check. */
export function ListString(isValid: (part: string) => boolean, message: string): PropertyDecorator {
  return applyDecorators(
    ParseString(splitList),
    Satisfies((text) => splitList(text.replaceAll(',', ' ')).every(isValid), message),
  );
}

/** List of tokens. Only their digests are kept. */
export function TokenListString(): PropertyDecorator {
  return applyDecorators(
    ParseString((text) => TokenList.parse(text)),
    HasNoFault(TokenList),
  );
}

export function SecretString(): PropertyDecorator {
  return applyDecorators(
    ParseString((text) => new Secret(text)),
    IsInstance(Secret),
  );
}

/** A REDIS_URL, which may contain a password. */
export function RedisUrlString(): PropertyDecorator {
  return applyDecorators(
    ParseString((text) => RedisUrl.parse(text)),
    HasNoFault(RedisUrl),
  );
}

/** Path of a file with a BRAND_LOGO_FILE. */
export function LogoFileString(): PropertyDecorator {
  return applyDecorators(
    ParseString((text) => BrandLogo.read(text)),
    HasNoFault(BrandLogo),
  );
}

/** A BRAND_ACCENT. */
export function AccentString(): PropertyDecorator {
  return applyDecorators(
    ParseString((text) => BrandAccent.parse(text)),
    HasNoFault(BrandAccent),
  );
}

/** A NOTIFY_ALLOW. */
export function NotifyAllowString(): PropertyDecorator {
  return applyDecorators(
    ParseString((text) => NotifyAllow.parse(text)),
    HasNoFault(NotifyAllow),
  );
}

function ParseString(parse: (text: string) => unknown): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? parse(value) : value));
}

type SelfCheckingType = typeof TokenList | typeof RedisUrl | typeof BrandLogo | typeof BrandAccent | typeof NotifyAllow;

/** Instance of a class that reports its own fault. */
function HasNoFault(type: SelfCheckingType): PropertyDecorator {
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

/**
 * Accepts no query and no user: paths are appended, and the `Authorization` of a request is that of its caller. Workers
 * have an address of their parent: `parent:` and the path of its socket.
 */
export function isUpstreamUrlOrEmpty(text: string): boolean {
  return /^(unix|parent):\/./.test(text) || (isUrlOrEmpty(text) && !/[?#]|\/\/[^/]*@/.test(text));
}

export function isUrlOrEmpty(text: string): boolean {
  return text === '' || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol));
}
