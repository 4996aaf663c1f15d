/** The range of a gauge: zones between its thresholds, where it is, and between which levels it was today. */
import type { JSX } from 'preact';
import type { DashboardDefinition } from '../../src/client/client.js';
import { formatShownNumber } from '../../src/measures/shown-number.js';
import { locale } from '../words/locale.js';
import type { ShownBand } from './shown-tile.js';

interface BandProps {
  readonly definition: DashboardDefinition;
  readonly name: string;
  readonly number: number;
  readonly band: ShownBand;
}

/** Boundaries nearer than this to another number are not written, share of the band. */
const MIN_DISTANCE = 0.12;

export function Band({ definition, name, number, band }: BandProps): JSX.Element {
  const { low, high, zones, least, most } = band;
  const toShare = (value: number): number => Math.min(1, Math.max(0, (value - low) / (high - low)));
  const format = (value: number): string =>
    formatShownNumber(definition, name, value, locale.value, { form: 'compact', withoutUnit: true });
  const at = toShare(number);
  let written = 0;
  const ticks = zones.slice(1).filter(({ from }) => {
    const share = toShare(from);
    const hasRoom = share - written >= MIN_DISTANCE && 1 - share >= MIN_DISTANCE;
    if (hasRoom) written = share;
    return hasRoom;
  });
  return (
    <div
      class="band"
      aria-hidden="true"
      style={{ '--at': at, '--least': toShare(least ?? number), '--most': toShare(most ?? number) }}
    >
      {least !== undefined && <span class="between" />}
      <div class="zones">
        {zones.map(({ from, to, level }) => {
          const isHere = number >= from && (number < to || to === high);
          return (
            <span
              key={from}
              class="zone"
              style={{ '--share': to - from }}
              {...(isHere && { 'data-here': '', 'data-level': level ?? '' })}
            />
          );
        })}
      </div>
      <span class="needle" />
      <span class="tick" data-edge="start">
        <bdi>{format(low)}</bdi>
      </span>
      {ticks.map(({ from }) => (
        <span key={from} class="tick" style={{ insetInlineStart: `${toShare(from) * 100}%` }}>
          <bdi>{format(from)}</bdi>
        </span>
      ))}
      <span class="tick" data-edge="end">
        <bdi>{format(high)}</bdi>
      </span>
    </div>
  );
}
