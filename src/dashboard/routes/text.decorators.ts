/** Decorators for names and text in request bodies. */
import { IsString, Length, Matches, ValidateBy } from 'class-validator';
import { NAME_PATTERN, TEXT_PATTERN } from '../../counters/counters.js';
import { isLocale } from '../../measures/locale.js';

export const NAME_MESSAGE = `must match ${NAME_PATTERN.source}`;

/** Decorates a property or parameter with several rules, the first one last: rules run in reverse order. */
export function combineRules(...rules: readonly PropertyDecorator[]): PropertyDecorator {
  return (target, name) => {
    for (const decorate of rules) decorate(target, name);
  };
}

/** The name of a counter, a measure or a dashboard. */
export function IsName(): PropertyDecorator {
  return Matches(NAME_PATTERN, { message: NAME_MESSAGE });
}

/** Text of 1 to `max` UTF-16 code units that every store returns unchanged. */
export function IsText(max: number): PropertyDecorator {
  const message = `must be a string of 1 to ${max} characters`;
  return combineRules(
    Matches(TEXT_PATTERN, { message: 'must not contain NUL or unpaired surrogates' }),
    IsString({ message }),
    Length(1, max, { message }),
  );
}

/** A language tag that `Intl` takes. */
export function IsLocaleTag(): PropertyDecorator {
  const isTag = (value: unknown): boolean => typeof value === 'string' && isLocale(value);
  return ValidateBy({
    name: 'isLocaleTag',
    validator: { validate: isTag, defaultMessage: () => 'must be one language tag of BCP 47, such as de or en-GB' },
  });
}
