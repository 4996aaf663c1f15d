/** The last deliveries of a rule, newest first: when, what happened, and how far each target is. */
import type { JSX } from 'preact';
import type { Delivery, Rule } from '../../src/client/rules.js';
import { useBoard } from '../app/board-context.js';
import { Icon } from '../signs/icon.js';
import { LevelSign } from '../signs/level-sign.js';
import { isolate } from '../words/isolate.js';
import { words } from '../words/locale.js';
import { Sentence } from '../words/sentence.js';
import { formatDuration, formatTime } from '../words/times.js';
import { describeEvent } from './rule-words.js';

interface DeliveryListProps {
  readonly rule: Rule;
  /** Undefined until they have been read. */
  readonly deliveries: readonly Delivery[] | undefined;
}

export function DeliveryList({ rule, deliveries }: DeliveryListProps): JSX.Element | null {
  const { data } = useBoard();
  const { rules } = words.value;
  const definition = data.definition.value;
  if (!deliveries || !definition) return <p class="hint">{rules.loading}</p>;
  if (deliveries.length === 0) return <p class="hint">{rules.noDeliveries}</p>;
  return (
    <ol class="deliveries">
      {deliveries.map((delivery) => (
        <li key={delivery.id}>
          <p class="event">
            <b>
              <Sentence text={describeEvent(definition, rule, delivery)} />
            </b>
            <time dateTime={new Date(delivery.at).toISOString()}>
              {formatTime(delivery.at, 'dateTime', definition.resolved.timeZone)}
            </time>
          </p>
          <ul>
            {delivery.targets.map((target, index) => (
              <Target key={index} target={target} now={data.now()} />
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

interface TargetProps {
  readonly target: Delivery['targets'][number];
  readonly now: number;
}

function Target({ target: { host, status, answer, attempts, nextAt }, now }: TargetProps): JSX.Element {
  const { rules, status: connection } = words.value;
  const details = [
    rules.statuses[status],
    ...(answer === undefined
      ? []
      : [typeof answer === 'number' ? rules.answer(isolate(String(answer))) : isolate(answer)]),
    ...(attempts > 1 ? [rules.attempts(attempts)] : []),
    ...(status === 'waiting' && nextAt !== undefined && nextAt > now
      ? [connection.tryingIn(isolate(formatDuration(nextAt - now)))]
      : []),
  ];
  return (
    <li data-status={status}>
      {status === 'delivered' ? (
        <Icon name="check" />
      ) : status === 'waiting' ? (
        <Icon name="clock" />
      ) : (
        <LevelSign level="warn" />
      )}
      <span>
        <bdi class="host">{host}</bdi> <Sentence text={details.join(' · ')} />
      </span>
    </li>
  );
}
