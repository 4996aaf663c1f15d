/** JSON pointers, held to the examples of RFC 6901. */
import { followJsonPath, parseJsonPointer } from './json-pointer.js';

/** The document of RFC 6901, 5. */
const DOCUMENT: unknown = JSON.parse(
  '{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}',
);

const follow = (root: unknown, pointer: string): unknown => {
  const path = parseJsonPointer(pointer);
  return path && followJsonPath(root, path);
};

describe('a JSON pointer', () => {
  it.each([
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('%s finds what RFC 6901 says', (pointer, value) => {
    expect(follow(DOCUMENT, pointer)).toEqual(value);
  });

  it.each(['/foo/2', '/foo/00', '/foo/-', '/foo/length', '/foo/0/length', '/nothing', '/toString', '/__proto__'])(
    '%s finds nothing: only own members and elements count',
    (pointer) => {
      expect(follow(DOCUMENT, pointer)).toBeUndefined();
    },
  );

  it('finds members whose names mean something to JavaScript', () => {
    expect(follow(JSON.parse('{"__proto__":{"constructor":7}}'), '/__proto__/constructor')).toBe(7);
  });

  it.each(['', 'foo', '/a~', '/a~2', '#/foo'])('%j is none', (text) => {
    expect(parseJsonPointer(text)).toBeUndefined();
  });
});
