/** A sentence with numbers and names in it that keep their own direction. */
import { Fragment, type JSX } from 'preact';
import { START } from './isolate.js';

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
