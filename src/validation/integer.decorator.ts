/** `@Whole(min, max)`: a whole number, written as text or as a number. For variables, parameters and bodies alike. */
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** Text that is a whole number becomes one. Anything else is kept as it was written, for the message. */
const ParseInteger = Transform(({ value }: { value: unknown }) =>
  typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value,
);

/** A whole number between two bounds, both included. Text counts as what it spells: variables and queries have no other form. */
export function IntegerString(min: number, max: number): PropertyDecorator {
  return (target, name) => {
    ParseInteger(target, name);
    IsIntInRange(min, max)(target, name);
  };
}

/** A whole number between two bounds, both included. */
export function IsIntInRange(min: number, max: number): PropertyDecorator {
  const message = `must be a whole number from ${min} to ${max}`;
  return (target, name) => {
    for (const decorate of [IsInt({ message }), Min(min, { message }), Max(max, { message })]) decorate(target, name);
  };
}
