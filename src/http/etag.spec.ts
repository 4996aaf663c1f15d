/** ETags in `If-None-Match`, as clients send them and as proxies change them. */
import { matchesETag } from './etag.js';

it.each([
  ['"a:1"', true],
  ['W/"a:1"', true],
  ['"x", W/"a:1"', true],
  ['"x","a:1-gzip"', true],
  ['"a:1-br"', true],
  ['"a:1-zstd"', true],
  ['"a:1--gzip"', true],
  ['W/"a:1;br"', true],
  ['*', true],
  [undefined, false],
  ['', false],
  ['a:1', false],
  ['"a:10"', false],
  ['"a:1-gzip-br"', false],
  ['"a:1:gzip"', false],
  ['"a:1', false],
])('"a:1" and %s match: %s', (header, expected) => {
  expect(matchesETag(header, '"a:1"')).toBe(expected);
});

it('the suffix of the service itself tells its encodings apart', () => {
  expect(matchesETag('"hash-br"', '"hash-br"')).toBe(true);
  expect(matchesETag('"hash-gzip"', '"hash-br"')).toBe(false);
  expect(matchesETag('"hash"', '"hash-br"')).toBe(false);
});
