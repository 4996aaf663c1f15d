/** Marks numbers and names in sentences: each keeps its own direction, so that signs keep their side in Arabic. */

/** First strong isolate and its end (Unicode Bidirectional Algorithm, UAX 9). */
export const [START, END] = ['\u2068', '\u2069'];

/** Marks a part of a sentence, once. Show the sentence with `Sentence`. */
export function isolate(text: string): string {
  if (/^$|^\u2068[^\u2068\u2069]*\u2069$/u.test(text)) return text;
  return `${START}${text}${END}`;
}
