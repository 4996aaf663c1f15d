/**
 * Steps of the wall clock under load. A glitch of a few seconds changes nothing. A step that stands is believed after a
 * while: forwards in the same epoch; backwards, beyond a bound, in a new one, with the history dated to the new time.
 * At all times nothing is lost, nothing counts twice, and the points add up to the totals. Nothing expires
 * either: for that a step has to stand longer.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { MAX_LEAD_MS } from '../../src/clock/clock.js';
import { ChangeAudit, type ClockSubject } from './change-audit.js';
import { eventually } from './cleanup.js';
import { postKeyed } from './keyed-change.js';
import { startRetryingClients } from './retrying-clients.js';
import { readSnapshot } from './service.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './times.js';

/** Variables that shorten the time after which a step of the clock is believed. It has to be longer than GLITCH_MS. */
export const CLOCK_ENV = { CLOCK_SETTLE_S: '6' } as const;
/** Duration of a glitch, milliseconds. */
const GLITCH_MS = 2_500;
/** Time within which a step is believed, milliseconds. */
const MAX_SETTLE_MS = 300_000;
/** How far the `at` of a change may be behind the clock, milliseconds: it was read before the response arrived. */
const MAX_BEHIND_MS = 2 * SECOND_MS;
const PROBE_INTERVAL_MS = 100;
const ACKNOWLEDGED_PER_PHASE = 40;

/** Names and widths of the steps, milliseconds. */
export const STEPS = [
  ['a minute ahead', MINUTE_MS],
  ['a minute back', -MINUTE_MS],
  ['an hour ahead', HOUR_MS],
  ['an hour back', -HOUR_MS],
  ['a day ahead', DAY_MS],
  ['a day back', -DAY_MS],
  ['a year ahead', 365 * DAY_MS],
  ['a year back', -365 * DAY_MS],
] as const;

export interface ClockScenario extends ClockSubject {
  readonly audit: ChangeAudit;
}

export async function startClockScenario(subject: ClockSubject): Promise<ClockScenario> {
  const scenario = { ...subject, audit: new ChangeAudit(subject, await readSnapshot(subject.services[0])) };
  await change(scenario);
  await expectConsistent(scenario, 'at the start');
  return scenario;
}

/** Steps the clock for a few seconds of load, and back again. */
export async function expectGlitchIgnored(scenario: ClockScenario, name: string, stepMs: number): Promise<void> {
  const { clock } = scenario;
  const { offsetMs } = clock;
  clock.setOffset(offsetMs + stepMs);
  const changing = change(scenario);
  await setTimeout(GLITCH_MS);
  clock.setOffset(offsetMs);
  await changing;
  await change(scenario);
  await waitForAhead(scenario, (aheadMs) => aheadMs >= -MAX_BEHIND_MS);
  await expectConsistent(scenario, `after a glitch of ${name}`);
}

/** Steps the clock, and waits until the step is believed. */
export async function expectStepBelieved(scenario: ClockScenario, name: string, stepMs: number): Promise<void> {
  const { audit, clock, services } = scenario;
  const before = await readSnapshot(services[0]);
  clock.setOffset(clock.offsetMs + stepMs);
  await change(scenario);
  const beyondMs = (await readSnapshot(services[0])).at - clock.now() - MAX_LEAD_MS;
  await waitForAhead(scenario, (aheadMs) => (stepMs > 0 ? aheadMs >= -MAX_BEHIND_MS : aheadMs <= MAX_LEAD_MS));
  const after = await readSnapshot(services[0]);
  const isHealed = after.epoch !== before.epoch;
  // Close to the bound, both are right.
  if (Math.abs(beyondMs) > MAX_BEHIND_MS) expect([name, isHealed]).toEqual([name, beyondMs > 0]);
  if (isHealed) audit.acceptHeal(after);
  audit.acceptExpiry();
  await change(scenario);
  await expectConsistent(scenario, `after a step of ${name}`);
}

async function expectConsistent({ audit }: ClockScenario, when: string): Promise<void> {
  const { found, expected } = await audit.compare();
  expect({ when, ...found }).toEqual({ when, ...expected });
}

/** Sends change sets from several clients, until some are acknowledged. */
async function change({ services, audit }: ClockScenario): Promise<void> {
  const clients = startRetryingClients(() => services);
  await clients.waitForAcknowledged(ACKNOWLEDGED_PER_PHASE);
  await clients.finish();
  expect([clients.faults, clients.refusals]).toEqual([[], []]);
  audit.add(...clients.sent);
}

/** Sends change sets until one is booked at a time, ahead of the clock of the store, that satisfies the condition. */
async function waitForAhead(scenario: ClockScenario, condition: (aheadMs: number) => boolean): Promise<void> {
  const { services, clock, storeClock = clock, audit } = scenario;
  const limitMs = performance.now() + MAX_SETTLE_MS;
  await eventually(async () => {
    const [id, changes] = [randomUUID(), [{ counter: 'orders', by: 1 }]];
    const { status, body } = await postKeyed(services[0], id, { changes });
    if (status !== 200) throw new Error(`a change was answered ${status} ${JSON.stringify(body)}`);
    audit.add({ id, changes, isKeyed: true, state: 'counted', outcome: body });
    await setTimeout(PROBE_INTERVAL_MS);
    const aheadMs = body.at - storeClock.now();
    if (performance.now() > limitMs) throw new Error(`changes are still booked ${aheadMs} ms ahead of the clock`);
    return condition(aheadMs);
  });
}
