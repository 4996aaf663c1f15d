/** Receives notifications: late, with errors, without an answer, or not at all. */
import type { Notification } from '../../src/rules/delivery/notification-sender.js';
import type { RuleCheck } from '../checks/rule-check.js';
import type { World } from '../world/world.js';

/** Probability that a second attempt may fail too. The third one comes 5 minutes later, and the next events wait. */
const SECOND_FAILURE = 0.02;
const TIMEOUT_MS = 10_000;

interface CloudEvent {
  readonly id: string;
  readonly type: string;
  readonly data: {
    readonly dashboard: string;
    readonly rule: string;
    readonly revision: number;
    readonly value: number;
  };
}

export class Receiver {
  readonly #failures = new Map<string, number>();
  /** Probability that something goes wrong with an attempt. */
  #faultRate: number;

  constructor(
    private readonly world: World,
    private readonly check: RuleCheck,
  ) {
    this.#faultRate = world.pick([0, 0.1, 0.5]);
  }

  /** Nothing goes wrong from now on. */
  heal(): void {
    this.#faultRate = 0;
  }

  /** Resolves with the status of the answer; rejects if there is none. */
  receive({ headers, body }: Notification): Promise<number> {
    const { world } = this;
    const sender = world.current;
    const { id, type, data } = JSON.parse(body) as CloudEvent;
    world.check(headers['webhook-id'] === id, () => `notification ${id} is sent as ${headers['webhook-id']}`);
    const failures = this.#failures.get(id) ?? 0;
    const mayFail = failures === 0 || (failures === 1 && world.chance(SECOND_FAILURE));
    const isFault = mayFail && world.chance(this.#faultRate);
    if (isFault) this.#failures.set(id, failures + 1);
    const fault = isFault ? world.pick(['not sent', 'no answer', 'error'] as const) : undefined;
    const { dashboard, rule, revision, value } = data;
    const kind = type.replace('tallyboard.rule.', '');
    const arrive = (): void => this.check.receive({ id, dashboard, rule, kind, revision, value });
    const arriveMs = world.between(1, 200);
    if (fault === undefined || fault === 'no answer') world.schedule('notification', arriveMs, arrive, world.outside);
    return new Promise((resolve, reject) => {
      const hasAnswer = fault === undefined || fault === 'error';
      const answerMs = hasAnswer ? arriveMs + world.between(1, 200) : world.between(arriveMs, TIMEOUT_MS);
      const answer = (): void => (hasAnswer ? resolve(fault ? 503 : 204) : reject(new Error('no answer')));
      world.schedule('notified', answerMs, answer, sender);
    });
  }
}
