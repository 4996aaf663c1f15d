/** The splitter returns the same lines wherever the stream is cut into chunks, and buffers no line that is too long. */
import * as fc from 'fast-check';
import { LineSplitter } from './line-splitter.js';

const MAX_LINE_BYTES = 64 * 1_024;

/** Lines as text, or the fault of those that have none. */
function split(chunks: readonly Buffer[]): string[] {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  const lines = [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
  return lines.map((line) => (typeof line === 'string' ? line : `! ${line.fault}`));
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

const cuts = fc.array(fc.nat(), { maxLength: 20 });
const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((line) => line.replaceAll('\n', ' '));
const longLine = fc
  .constantFrom(MAX_LINE_BYTES - 1, MAX_LINE_BYTES, MAX_LINE_BYTES + 1, 3 * MAX_LINE_BYTES)
  .map((size) => 'x'.repeat(size));
const isLong = (line: string): boolean => Buffer.byteLength(line) > MAX_LINE_BYTES;

describe('the splitter', () => {
  it('returns the text between newlines, wherever the chunks are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 5, arbitrary: text }, longLine), { maxLength: 8 }),
        cuts,
        (lines, positions) => {
          const bytes = Buffer.from(lines.join('\n'));
          const expected = lines.map((line) => (isLong(line) ? '! too-long' : line));
          // Text after the last newline is a line only if it is not empty.
          if (expected.at(-1) === '') expected.pop();
          expect(split(cutAt(bytes, positions))).toEqual(expected);
        },
      ),
    );
  });

  it('returns the same lines for arbitrary bytes, wherever the chunks are cut', () => {
    const bytes = fc.array(fc.oneof(fc.constantFrom(0x0a, 0x0d, 0xc3, 0x28, 0xf0, 0x9f), fc.nat(255)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(bytes, cuts, (values, positions) => {
        const whole = Buffer.from(values);
        const lines = split([whole]);
        expect(split(cutAt(whole, positions))).toEqual(lines);
        const newlines = values.filter((byte) => byte === 0x0a).length;
        expect(lines).toHaveLength(values.length === 0 || values.at(-1) === 0x0a ? newlines : newlines + 1);
      }),
    );
  });

  it('reports a line that is not UTF-8 and returns the lines around it', () => {
    const bytes = Buffer.concat([Buffer.from('é\n'), Buffer.of(0xc3, 0x28), Buffer.from('\nü\n')]);
    expect(split([bytes])).toEqual(['é', '! invalid-utf8', 'ü']);
  });
});
