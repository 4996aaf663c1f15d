/**
 * Remembers the change sets that clients have sent, over faults of any kind, and compares what the store has with their
 * responses, with viewers, and with itself.
 */
import { MAX_LEAD_MS } from '../../src/clock/clock.js';
import type { Snapshot } from '../../src/counters/counters.js';
import { BUCKETS } from '../../src/store/store.js';
import type { FakedClock } from './faked-clock.js';
import { postKeyed } from './keyed-change.js';
import { findLedgerFaults, type SentChangeSet } from './ledger-check.js';
import { ResumingViewer } from './resuming-viewer.js';
import { readLedger } from './retrying-clients.js';
import { readSnapshot, type Service } from './service.js';
import { exportMain, findStoreFaults } from './store-audit.js';

const MAX_REPLAYS = 20;
/** Faults of each kind that a failure shows. */
const MAX_FAULTS = 5;

export interface ClockSubject {
  readonly services: readonly [Service, ...Service[]];
  /** The clock that steps. */
  readonly clock: FakedClock;
  /** The clock of the store, if it is another one. */
  readonly storeClock?: FakedClock;
  /** Options of the command line that name the store. */
  readonly location: readonly string[];
}

export class ChangeAudit {
  readonly #viewer: ResumingViewer;
  #sent: SentChangeSet[] = [];
  readonly #epochs: string[];
  /** Widths of points of which an export may leave out the oldest, milliseconds. */
  #expiredMs: readonly number[] = [];
  /** Lowest offset of the clock to the real time so far, milliseconds. */
  #lowestOffsetMs = 0;

  /** @param start state before the first change set */
  constructor(
    private readonly subject: ClockSubject,
    private readonly start: Snapshot,
  ) {
    this.#viewer = new ResumingViewer(subject.services[0].url);
    this.#epochs = [start.epoch];
  }

  add(...sent: readonly SentChangeSet[]): void {
    this.#sent.push(...sent);
  }

  /** After a heal the ledger has other times than the responses had, and the dashboard another epoch. */
  acceptHeal({ epoch }: Snapshot): void {
    this.#epochs.push(epoch);
    this.#sent = this.#sent.map(({ id, changes, isKeyed, state }) => ({ id, changes, isKeyed, state }));
  }

  /**
   * After a step an export leaves out the points that are too old for the new time. The store keeps them. Points may
   * have been dated with the earliest time that the clock has had.
   */
  acceptExpiry(): void {
    const { offsetMs } = this.subject.clock;
    this.#lowestOffsetMs = Math.min(this.#lowestOffsetMs, offsetMs);
    const ageMs = offsetMs - this.#lowestOffsetMs;
    for (const { stepMs: widthMs, keepMs } of BUCKETS)
      if (ageMs >= keepMs && !this.#expiredMs.includes(widthMs)) this.#expiredMs = [...this.#expiredMs, widthMs];
  }

  /**
   * Compares everything. @returns what was found and what should have been, with the first faults of each kind
   */
  async compare(): Promise<{ readonly found: object; readonly expected: object }> {
    const { services, clock, storeClock = clock, location } = this.subject;
    const end = await readSnapshot(services[0]);
    const snapshots = await Promise.all(services.map((service) => readSnapshot(service)));
    const ledger = await readLedger(services[0], this.start.revision);
    const limit = storeClock.now() + MAX_LEAD_MS;
    const faults = {
      ledger: findLedgerFaults(this.#sent, ledger, this.start, end),
      ahead: ledger.filter(({ at }) => at > limit).map(({ revision, at }) => `${revision} by ${at - limit} ms`),
      stored: findStoreFaults(await exportMain(location, storeClock.env), this.#expiredMs),
      notReplayed: await this.#replay(),
      viewer: this.#viewer.faults,
    };
    const { epoch, revision } = await readSnapshot(services[0]);
    await this.#viewer.waitForRevision(epoch, revision);
    const { epochs, closed: closedViewers } = this.#viewer;
    return {
      found: {
        ...Object.fromEntries(Object.entries(faults).map(([kind, lines]) => [kind, lines.slice(0, MAX_FAULTS)])),
        snapshots,
        epoch,
        revision,
        epochs,
        closedViewers,
      },
      expected: {
        ...Object.fromEntries(Object.keys(faults).map((kind) => [kind, []])),
        snapshots: services.map(() => end),
        epoch: this.#epochs.at(-1),
        revision: end.revision,
        epochs: this.#epochs,
        closedViewers: 0,
      },
    };
  }

  /** Sends evenly chosen change sets again. @returns a line for each response that was not the first one again */
  async #replay(): Promise<string[]> {
    const keyed = this.#sent.filter(({ isKeyed }) => isKeyed);
    const interval = Math.ceil(keyed.length / MAX_REPLAYS);
    const failed: string[] = [];
    for (const { id, changes, state, outcome } of keyed.filter((_, index) => index % interval === 0)) {
      const { isReplay, body } = await postKeyed(this.subject.services[0], id, { changes });
      if (!isReplay || (outcome && body.revision !== outcome.revision))
        failed.push(`${state} as ${outcome?.revision} at ${outcome?.at}, answered ${JSON.stringify(body)}`);
    }
    return failed;
  }
}
