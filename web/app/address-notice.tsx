/** The notice about what the page's URL asks for and does not exist. It goes when the URL is written anew. */
import type { JSX } from 'preact';
import { Sentence } from '../words/sentence.js';
import { listAddressFaults } from './address-faults.js';
import { useBoard } from './board-context.js';
import './address-notice.css';

export function AddressNotice(): JSX.Element | null {
  const { data, view } = useBoard();
  // The view changes with the URL.
  const faults = view.value && listAddressFaults(location, data.definition.value);
  if (faults.length === 0) return null;
  return (
    <div class="strip address" role="status">
      {faults.map((text) => (
        <p key={text}>
          <Sentence text={text} />
        </p>
      ))}
    </div>
  );
}
