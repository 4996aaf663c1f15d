/** Decorators for integers within bounds: in bodies as numbers, in variables and queries as text. */
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** Converts text of up to 15 digits to a number. Keeps anything else as written, so that the message can quote it. */
const ParseInteger = Transform(({ value }: { value: unknown }) =>
  typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value,
);

/** An integer from `min` to `max`, written as text or as a number. Variables and queries can only have text. */
export function IntegerString(min: number, max: number): PropertyDecorator {
  return (target, name) => {
    ParseInteger(target, name);
    IsIntInRange(min, max)(target, name);
  };
}

/** An integer from `min` to `max`, both included. */
export function IsIntInRange(min: number, max: number): PropertyDecorator {
  const message = `must be an integer from ${min} to ${max}`;
  return (target, name) => {
    for (const decorate of [IsInt({ message }), Min(min, { message }), Max(max, { message })]) decorate(target, name);
  };
}
