/** Adds events to the deliveries of a rule, and moves its targets on. Pure: it changes states and lists documents. */
import type { StoredDocument } from '../../store/document-store.js';
import type { RuleEvent } from '../delivery/notification-body.js';
import {
  type DeliveryTarget,
  encodeDelivery,
  type StoredDelivery,
  type StoredRule,
  type StoredState,
  type TargetState,
  toDeliveryName,
} from '../rule-documents.js';

/** Deliveries of a rule that can be looked up. */
export const MAX_SHOWN_DELIVERIES = 100;
/** Deliveries that wait for a target at most. Beyond that the oldest is dropped. */
export const MAX_WAITING = 1_000;

/** Documents to put, and names of documents to remove. */
export interface LogChanges {
  readonly put: StoredDocument[];
  readonly remove: string[];
}

/** Appends an event to a rule whose state is replaced. @returns the number of targets for which one was dropped */
export function appendEvent(rule: StoredRule, event: RuleEvent, webhookId: string, changes: LogChanges): number {
  const number = rule.state.lastNumber + 1;
  let dropped = 0;
  const targets = rule.state.targets.map((target): TargetState => {
    if (target.disabledMs !== undefined) return { ...target, next: number + 1 };
    if (number - target.next < MAX_WAITING) return target;
    dropped += 1;
    return { ...target, next: target.next + 1 };
  });
  const delivery: StoredDelivery = {
    number,
    webhookId,
    event,
    targets: rule.notify.map(({ host }, index): DeliveryTarget => ({
      host,
      status: targets[index]?.disabledMs === undefined ? 'waiting' : 'disabled',
      attempts: 0,
    })),
  };
  changes.put.push(encodeDelivery(rule.name, delivery));
  moveTo(rule, { ...rule.state, targets, lastNumber: number, dropped: rule.state.dropped + dropped }, changes);
  return dropped;
}

/** Replaces the state of a rule. Removes deliveries that all targets are done with, but for the newest. */
export function moveTo(rule: StoredRule, state: StoredState, changes: LogChanges): void {
  const before = findOldest(rule.state);
  rule.state = state;
  for (let number = before; number < findOldest(state); number += 1)
    changes.remove.push(toDeliveryName(rule.name, number));
}

/** Returns the number of the oldest delivery that is kept. */
function findOldest({ targets, lastNumber }: StoredState): number {
  const firstShown = lastNumber - MAX_SHOWN_DELIVERIES + 1;
  return Math.max(1, Math.min(firstShown, ...targets.map(({ next }) => next)));
}

/** Returns how many events wait for at least one target. */
export function countWaiting({ targets, lastNumber }: StoredState): number {
  return Math.max(0, ...targets.map(({ next }) => lastNumber - next + 1));
}

/** What waits for targets, and targets that get nothing any more. */
export interface Backlog {
  readonly waiting: number;
  readonly disabledTargets: number;
}

/** Adds up the notifications of rules that wait, once for each target. */
export function countBacklog(states: Iterable<StoredState>): Backlog {
  let [waiting, disabledTargets] = [0, 0];
  for (const { targets, lastNumber } of states)
    for (const { next, disabledMs } of targets)
      if (disabledMs === undefined) waiting += Math.max(0, lastNumber - next + 1);
      else disabledTargets += 1;
  return { waiting, disabledTargets };
}
