/** Captures the output of a child process as text. */
import type { Readable } from 'node:stream';

/** Captures the text of the streams in order of arrival. @returns a function that reads the text so far */
export function captureOutput(...streams: readonly Readable[]): () => string {
  let output = '';
  for (const stream of streams) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return () => output;
}
