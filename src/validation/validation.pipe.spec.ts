/** Which parameters of a handler the pipe validates. */
import type { ArgumentMetadata } from '@nestjs/common';
import { IntegerString } from './integer.decorator.js';
import { DtoValidationPipe } from './validation.pipe.js';

class LimitQuery {
  @IntegerString(1, 10)
  readonly limit: number = 5;
}

const pipe = new DtoValidationPipe();

it('a query typed as a class becomes an instance of it, with defaults', () => {
  const metadata: ArgumentMetadata = { type: 'query', metatype: LimitQuery, data: undefined };
  expect(pipe.transform({ limit: '7', other: 'x' }, metadata)).toEqual({ limit: 7 });
  expect(pipe.transform({}, metadata)).toBeInstanceOf(LimitQuery);
  expect(() => pipe.transform({ limit: '11' }, metadata)).toThrow(expect.objectContaining({ code: 'invalid-request' }));
});

it('a body with a field that its class does not declare is invalid', () => {
  const metadata: ArgumentMetadata = { type: 'body', metatype: LimitQuery, data: undefined };
  expect(pipe.transform(undefined, metadata)).toEqual({ limit: 5 });
  expect(() => pipe.transform({ other: 'x' }, metadata)).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/other' })] }),
  );
});

it.each<[string, ArgumentMetadata]>([
  ['a path parameter', { type: 'param', metatype: String, data: 'dashboard' }],
  ['one parameter of a query', { type: 'query', metatype: String, data: 'verbose' }],
  ['a query without a class', { type: 'query', metatype: Object, data: undefined }],
  ['a body without a type', { type: 'body', data: undefined }],
])('%s passes unchanged', (_, metadata) => {
  const value = { any: 'thing' };
  expect(pipe.transform(value, metadata)).toBe(value);
});
