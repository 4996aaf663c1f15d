/** Collects what a child process prints, as text. */
import type { Readable } from 'node:stream';

/** Keeps all that the streams print, in the order in which it arrives. @returns a function that reads it */
export function captureOutput(...streams: readonly Readable[]): () => string {
  let output = '';
  for (const stream of streams) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return () => output;
}
