/** Lines are the same wherever the bytes are cut, and none is held that is too long. */
import * as fc from 'fast-check';
import { LineSplitter } from './line-splitter.js';

const LIMIT_BYTES = 64 * 1_024;

/** Lines as text, or the fault of those that have none. */
function split(pieces: readonly Buffer[]): string[] {
  const splitter = new LineSplitter(LIMIT_BYTES);
  const lines = [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
  return lines.map((line) => (typeof line === 'string' ? line : `! ${line.fault}`));
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((one, other) => one - other);
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

const cuts = fc.array(fc.nat(), { maxLength: 20 });
const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((line) => line.replaceAll('\n', ' '));
const long = fc
  .constantFrom(LIMIT_BYTES - 1, LIMIT_BYTES, LIMIT_BYTES + 1, 3 * LIMIT_BYTES)
  .map((size) => 'x'.repeat(size));
const isLong = (line: string): boolean => Buffer.byteLength(line) > LIMIT_BYTES;

describe('lines', () => {
  it('are what is between the newlines, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: text }, long), { maxLength: 8 }), cuts, (lines, where) => {
        const bytes = Buffer.from(lines.join('\n'));
        const wanted = lines.map((line) => (isLong(line) ? '! too-long' : line));
        // What ends without a newline has a last line only when there is something in it.
        if (wanted.at(-1) === '') wanted.pop();
        expect(split(cutAt(bytes, where))).toEqual(wanted);
      }),
    );
  });

  it('of any bytes are the same wherever they are cut', () => {
    const bytes = fc.array(fc.oneof(fc.constantFrom(0x0a, 0x0d, 0xc3, 0x28, 0xf0, 0x9f), fc.nat(255)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(bytes, cuts, (some, where) => {
        const whole = Buffer.from(some);
        const lines = split([whole]);
        expect(split(cutAt(whole, where))).toEqual(lines);
        const ends = some.filter((byte) => byte === 0x0a).length;
        expect(lines).toHaveLength(some.length === 0 || some.at(-1) === 0x0a ? ends : ends + 1);
      }),
    );
  });

  it('that are not UTF-8 are told apart from their neighbours', () => {
    const bytes = Buffer.concat([Buffer.from('é\n'), Buffer.of(0xc3, 0x28), Buffer.from('\nü\n')]);
    expect(split([bytes])).toEqual(['é', '! invalid-utf8', 'ü']);
  });
});
