/** Damages database files of closed stores, one bit at a time. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Flips one bit of a file. */
export function flipBit(file: string, offset: number, bit: number): void {
  const bytes = readFileSync(file);
  bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit);
  writeFileSync(file, bytes);
}

/**
 * Flips the highest bit of the first byte of a text, so that it is no longer UTF-8.
 * @throws Error if the file does not have the text exactly once
 */
export function damageText(file: string, text: string): void {
  const bytes = readFileSync(file, 'latin1');
  const offset = bytes.indexOf(text);
  if (offset === -1 || bytes.includes(text, offset + 1)) throw new Error(`${file} does not have "${text}" once`);
  flipBit(file, offset, 7);
}

/** Returns pseudo-random integers below a bound, the same for each seed (mulberry32). */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
