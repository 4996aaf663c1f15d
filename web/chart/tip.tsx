/** The numbers at the cursor: beside the pointer, or below the chart where a finger would hide them. */
import type { JSX } from 'preact';
import { SeriesMark } from '../signs/series-mark.js';
import { direction } from '../words/locale.js';
import type { Readout } from './readout.js';

interface ReadingProps {
  readonly readout: Readout;
  /** What the differences are to. */
  readonly versus: string | undefined;
}

interface TipProps extends ReadingProps {
  /** Where the cursor's bucket begins and ends, 0 to 1 of the plot. */
  readonly share: readonly [number, number];
  /** Where the pointer is, 0 to 1 from above. */
  readonly height: number;
}

/** Stands on the side with more room. */
export function Tip({ readout, versus, share: [from, to], height }: TipProps): JSX.Element {
  const isBefore = from > 1 - to;
  const isBelow = height < 0.5;
  return (
    <div
      class="tip"
      dir={direction.value}
      data-side={isBefore ? 'left' : 'right'}
      data-half={isBelow ? 'upper' : 'lower'}
      style={{ '--edge': isBefore ? 1 - from : to, '--height': isBelow ? height : 1 - height }}
      aria-hidden="true"
    >
      <Reading readout={readout} versus={versus} />
    </div>
  );
}

export function Reading({ readout: { time, rows, notes }, versus }: ReadingProps): JSX.Element {
  return (
    <>
      <p class="time">
        <span>{time}</span>
        {versus !== undefined && <span>{versus}</span>}
      </p>
      <table>
        <tbody>
          {rows.map(({ name, slot, title, number, difference, isBefore }) => (
            <tr key={name}>
              <th scope="row">
                <SeriesMark slot={slot} />
                <bdi>{title}</bdi>
              </th>
              <td {...(isBefore && { 'data-before': '' })}>
                <bdi>{number}</bdi>
              </td>
              <td>
                <bdi>{difference ?? ''}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {notes.map((note) => (
        <p key={note} class="note">
          <bdi>{note}</bdi>
        </p>
      ))}
    </>
  );
}
