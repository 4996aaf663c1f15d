/** A target: how far it is reached, where an even pace would be now, and where the present pace leads. */
import type { JSX } from 'preact';
import type { DashboardDefinition } from '../../src/client/client.js';
import { formatNumber } from '../../src/measures/format.js';
import { formatShownNumber, getReading, isMeasure, NO_NUMBER } from '../../src/measures/shown-number.js';
import { useBoard } from '../app/board-context.js';
import { Lazy } from '../app/lazy.js';
import { LevelSign } from '../signs/level-sign.js';
import { locale, words } from '../words/locale.js';
import { formatLimit } from './limit-text.js';
import type { ShownGoal } from './shown-tile.js';

interface GoalProps {
  readonly definition: DashboardDefinition;
  readonly name: string;
  readonly goal: ShownGoal;
  /** True if the period of the target is that of the number. */
  readonly isOfPeriod: boolean;
  readonly isStale: boolean;
}

const loadReachedAt = async () => (await import('./reached-at.js')).ReachedAt;

/** A line with more letters shows the short form of the pace in narrow tiles. */
const LONG_LINE = 31;

export function Goal({ definition, name, goal, isOfPeriod, isStale }: GoalProps): JSX.Element {
  const { tile, numbers } = words.value;
  const { done, pace, even, level, outcome, per } = goal;
  const percent =
    done === undefined
      ? NO_NUMBER
      : formatNumber(String(Math.floor(done * 100)), { scale: 0, percent: true }, locale.value);
  const of = `${tile.of(formatLimit(definition, name, goal.target))}${per && !isOfPeriod ? ` ${numbers.running[per]}` : ''}`;
  const paceText = pace === undefined ? undefined : formatPace(definition, name, pace);
  const { goodWhen = 'up' } = { ...definition.counters[name], ...definition.measures?.[name] };
  const outcomeText =
    outcome === 'open' ? undefined : outcome === 'off' ? tile.exceeded : goodWhen === 'up' ? tile.reached : tile.within;
  const text = outcomeText ?? paceText;
  const { data } = useBoard();
  const period = per && data.getPeriodData(per).value;
  // A time of the day says when within an hour or a day.
  const isTimed = outcomeText === tile.reached && (per === 'hour' || per === 'day') && name in definition.counters;
  const reached = isTimed && period ? { name, target: goal.target, start: period.start } : undefined;
  const isLong =
    [percent, of, reached ? tile.reachedAt('00:00') : (outcomeText ?? tile.onPaceFor), paceText ?? ''].join(' ')
      .length > LONG_LINE;
  const share = Math.min(1, Math.max(0, done ?? 0));
  const shownPace = isStale ? undefined : pace;
  return (
    <div class="goal">
      <div
        class="meter"
        role="progressbar"
        aria-valuenow={Math.round((done ?? 0) * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-label={tile.target}
        aria-valuetext={`${percent} ${of}`}
        style={{ '--done': share, '--pace': (shownPace ?? 0) / goal.target, '--even': even ?? 0 }}
      >
        {shownPace !== undefined && <span class="ahead" />}
        <span class="done" />
        {even !== undefined && !isStale && <span class="even" />}
      </div>
      <p {...(isLong && { 'data-long': '' })}>
        <span>
          <bdi class="percent">{percent}</bdi> {of}
        </span>
        {text !== undefined && !isStale && (
          <span class="pace" data-level={level}>
            {level && <LevelSign level={level} />}
            <span>
              {outcomeText === undefined && (
                <>
                  <span class="words">{tile.onPaceFor} </span>
                  <span class="short">{tile.pace} </span>
                </>
              )}
              {reached ? (
                <Lazy load={loadReachedAt} props={reached} placeholder={<bdi>{text}</bdi>} />
              ) : (
                <bdi>{text}</bdi>
              )}
            </span>
          </span>
        )}
      </p>
    </div>
  );
}

/** A pace is an estimate: money without its decimals, counts without a fraction. */
function formatPace(definition: DashboardDefinition, name: string, pace: number): string {
  const { scale } = getReading(definition, name);
  const number = isMeasure(definition, name) ? pace : Math.round(pace);
  const unit = 10 ** scale;
  const whole = isMeasure(definition, name) ? number : Math.round(number / unit) * unit;
  return formatShownNumber(definition, name, Math.abs(whole) >= 100 * unit ? whole : number, locale.value, {
    form: Math.abs(whole) >= 100 * unit ? 'whole' : 'full',
    withoutUnit: true,
  });
}
