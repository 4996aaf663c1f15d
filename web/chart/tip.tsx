/** The numbers at the cursor: beside the pointer, or below the chart where a finger would hide them. */
import type { JSX } from 'preact';
import { SeriesMark } from '../signs/series-mark.js';
import { direction } from '../words/locale.js';
import type { Readout } from './readout.js';

interface ReadingProps {
  readonly readout: Readout;
  /** Name of the span before. */
  readonly versus: string | undefined;
}

/** @param share where the cursor's bucket begins and ends, 0 to 1 of the plot */
export function Tip({
  readout,
  versus,
  share: [from, to],
}: ReadingProps & { readonly share: readonly [number, number] }): JSX.Element {
  const isAtStart = from > 1 - to;
  return (
    <div
      class="tip"
      dir={direction.value}
      data-side={isAtStart ? 'left' : 'right'}
      style={{ '--edge': isAtStart ? 1 - from : to }}
      aria-hidden="true"
    >
      <Reading readout={readout} versus={versus} />
    </div>
  );
}

export function Reading({ readout: { time, rows }, versus }: ReadingProps): JSX.Element {
  return (
    <>
      <p class="time">
        <span>{time}</span>
        {versus !== undefined && <span>{versus}</span>}
      </p>
      <table>
        <tbody>
          {rows.map(({ name, slot, title, number, difference }) => (
            <tr key={name}>
              <th scope="row">
                <SeriesMark slot={slot} />
                <bdi>{title}</bdi>
              </th>
              <td>
                <bdi>{number}</bdi>
              </td>
              <td>
                <bdi>{difference ?? ''}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
