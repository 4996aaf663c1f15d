/** Works out from a ledger what rules must have fired, and compares it with what arrived. */
import type { LedgerEntry } from '../../src/counters/ledger-entry.js';
import type { ReceivedEvent } from './notification-receiver.js';

/** A rule about the value of one counter. */
export interface ExpectedRule {
  readonly name: string;
  readonly of: string;
  readonly above?: number;
  readonly below?: number;
  readonly clearsAt?: number;
}

/** Returns `rule kind revision value` of everything that must be told, in the order of the ledger. */
export function listExpectedEvents(ledger: readonly LedgerEntry[], rules: readonly ExpectedRule[]): string[] {
  const values = new Map<string, number>();
  const holding = new Set<string>(
    rules.filter(({ below }) => below !== undefined && below > 0).map(({ name }) => name),
  );
  const told = new Set<string>();
  const expected: string[] = [];
  for (const { revision, changes } of ledger) {
    for (const change of changes) {
      const before = values.get(change.counter) ?? 0;
      values.set(change.counter, 'to' in change ? change.to : before + change.by);
    }
    for (const { name, of, above = Infinity, below = -Infinity, clearsAt } of rules) {
      if (!changes.some(({ counter }) => counter === of)) continue;
      const value = values.get(of) ?? 0;
      const begins = value > above || value < below;
      const clears = above === Infinity ? value >= (clearsAt ?? below) : value <= (clearsAt ?? above);
      if (!holding.has(name) && begins) {
        holding.add(name);
        told.add(name);
        expected.push(`${name} fired ${revision} ${value}`);
      } else if (holding.has(name) && clears) {
        holding.delete(name);
        if (told.delete(name)) expected.push(`${name} cleared ${revision} ${value}`);
      }
    }
  }
  return expected;
}

const describe = ({ type, data: { rule, revision, value } }: ReceivedEvent): string =>
  `${rule} ${type.replace('tallyboard.rule.', '')} ${revision} ${value}`;

/**
 * Compares what arrived with what must have: each event at least once, under one id of its own, and the events of each
 * rule in order when repeated ones are left out.
 */
export function expectDelivered(events: readonly ReceivedEvent[], expected: readonly string[]): void {
  const first = new Map<string, string>();
  for (const event of events) {
    const known = first.get(event.id);
    if (known === undefined) first.set(event.id, describe(event));
    else expect(describe(event)).toBe(known);
  }
  const arrived = [...first.values()];
  const byRule = (texts: readonly string[]): Record<string, string[]> => {
    const groups: Record<string, string[]> = {};
    for (const text of texts) (groups[text.split(' ', 1)[0] ?? ''] ??= []).push(text);
    return groups;
  };
  expect(byRule(arrived)).toEqual(byRule(expected));
}
