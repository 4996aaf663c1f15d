/** Words for changes that cannot be made, and for those that the service has refused. */
import type { DashboardDefinition, WatchStatus } from '../../src/client/client.js';
import { formatNumber } from '../../src/measures/format.js';
import { formatShownNumber, getPresentation, getReading } from '../../src/measures/shown-number.js';
import { describeStatus } from '../app/status-pill.js';
import type { BoardData } from '../data/board-data.js';
import type { ChangeFailure } from '../data/optimistic-changes.js';
import { isolate } from '../words/isolate.js';
import { locale, words } from '../words/locale.js';
import { describeProblem } from '../words/problem-words.js';
import type { ChangeFault } from './planned-change.js';

/** Shows how numbers are written in the reader's locale. */
const EXAMPLE = '1248.5';

/** A counter of a change, with its value before it. */
export interface FaultContext {
  readonly definition: DashboardDefinition;
  readonly name: string;
  readonly value: number;
}

/** Returns the title of a counter or a measure. */
export function getTitle(definition: DashboardDefinition | undefined, name: string): string {
  return (definition && getPresentation(definition, name).title) ?? name;
}

/** Returns the lowest value of a counter: 0 unless its definition has another one; null if there is none. */
export function getMin(definition: DashboardDefinition | undefined, name: string): number | null {
  const { min = 0 } = definition?.counters[name] ?? {};
  return min;
}

/** @param text as it was typed @param typed the number in it, if it has one */
export function describeFault(
  fault: ChangeFault,
  { definition, name, value }: FaultContext,
  text: string,
  typed: number | undefined,
): string {
  const { activity } = words.value;
  const { scale } = getReading(definition, name);
  const format = (units: number): string => isolate(formatShownNumber(definition, name, units, locale.value));
  const title = isolate(getTitle(definition, name));
  switch (fault) {
    case 'empty':
      return activity.enterAmount;
    case 'malformed':
      return activity.notNumber(isolate(text.trim()), isolate(formatNumber(EXAMPLE, { scale }, locale.value)));
    case 'too-precise':
      return scale === 0 ? activity.wholeOnly : activity.decimals(scale);
    case 'too-large':
      return activity.atMost(format(Number.MAX_SAFE_INTEGER));
    case 'not-positive':
      return activity.notPositive;
    case 'below-min':
      return activity.notBelow(title, format(getMin(definition, name) ?? 0));
    case 'too-few':
      return describeTooFew({ definition, name, value }, typed ?? 0);
  }
}

function describeTooFew({ definition, name, value }: FaultContext, amount: number): string {
  const { activity } = words.value;
  const min = getMin(definition, name) ?? 0;
  const [amountText, rest, least] = [amount, value, min].map((units) =>
    isolate(formatShownNumber(definition, name, units, locale.value, { withoutUnit: true })),
  ) as [string, string, string];
  const title = isolate(getTitle(definition, name));
  if (min !== 0) return activity.wouldGoBelow(amountText, title, least);
  return value < amount
    ? activity.cannotRemove(amountText, title, rest, value)
    : activity.fewerRemain(amountText, title);
}

/** Says why a change was not counted, or may not have been. */
export function describeFailure(
  { counter, request, message, problem, isUnsent }: ChangeFailure,
  data: Pick<BoardData, 'definition' | 'status' | 'getNumbers'>,
): string {
  const { activity, board, status } = words.value;
  const definition = data.definition.peek();
  const value = data.getNumbers(counter).peek().total ?? 0;
  const context = definition && { definition, name: counter, value };
  if (isUnsent) return describeAway(data.status.peek(), definition);
  switch (problem?.code) {
    case 'nothing-to-remove':
      return context ? describeTooFew(context, -(request.by ?? 0)) : message;
    case 'counter-full':
      return context ? describeFault('too-large', context, '', undefined) : message;
    case 'unknown-counter':
      return activity.isGone(isolate(getTitle(definition, counter)));
    case 'already-undone':
      return activity.alreadyUndone;
    case 'not-undoable':
    case 'unknown-revision':
      return activity.notUndoable;
    case 'store-unavailable':
      return status.storeAway;
    case undefined:
      return activity.outcomeUnknown;
    default:
      return problem?.status === 403 ? board.readOnly : describeProblem(problem, message);
  }
}

/** Says why nothing can be counted now. */
export function describeAway(status: WatchStatus, definition: DashboardDefinition | undefined): string {
  const { text, reason } = describeStatus(status, Date.now(), definition?.resolved.timeZone);
  if (status.state === 'degraded') return reason;
  return reason === '' ? `${text}.` : `${text}. ${reason}`;
}
