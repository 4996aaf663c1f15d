/** Numbers and names inside sentences: each keeps its own direction, so that signs stay at their side in Arabic. */
import { Fragment, type JSX } from 'preact';

/** First strong isolate and its end (Unicode Bidirectional Algorithm, UAX 9). */
const [START, END] = ['\u2068', '\u2069'];

/** Marks a part of a sentence, once. Show the sentence with {@link Sentence}. */
export function isolate(text: string): string {
  if (text === '' || (text.startsWith(START) && text.indexOf(END) === text.length - 1)) return text;
  return `${START}${text}${END}`;
}

/** Shows a sentence whose marked parts are isolated from the direction of the rest. */
export function Sentence({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {text.split(/(\u2068[^\u2068\u2069]*\u2069)/u).map((part, index) => (
        <Fragment key={index}>{part.startsWith(START) ? <bdi>{part.slice(1, -1)}</bdi> : part}</Fragment>
      ))}
    </>
  );
}
