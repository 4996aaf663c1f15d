/**
 * The promise of a rule about silence: it fires once in each pause of a counter that is long enough, and clears with
 * the change that ends the pause.
 */
import type { World } from '../world/world.js';
import type { LedgerFold } from './ledger-fold.js';
import type { ReceivedEvent } from './rule-check.js';

/** A pause that was longer than the rule asks for by this much was noticed, milliseconds: the service may be down. */
const NOTICED_MS = 180_000;
/** Difference of the clocks of instances, milliseconds. */
const TOLERANCE_MS = 15_000;

/** A pause between two changes of a counter. */
interface Pause {
  /** Revisions of the changes; `after` is undefined while the pause lasts. */
  readonly before: number;
  readonly after: number | undefined;
  readonly lastedMs: number;
  /** True if the rule was defined meanwhile: it tells nothing of what holds already. */
  readonly isFirst: boolean;
}

export interface FollowedSilence {
  readonly name: string;
  readonly counter: string;
  readonly silentForMs: number;
  /** Revision from which it is evaluated. */
  readonly sinceRevision: number;
  readonly received: readonly ReceivedEvent[];
}

/** Compares what was told with the ledger. @returns the number of events that are still missing */
export function checkSilence(world: World, fold: LedgerFold, silence: FollowedSilence): number {
  const { name, silentForMs, received } = silence;
  const pauses = listPauses(world, fold, silence);
  const told = new Map<number, Set<string>>();
  for (const { kind, revision } of received) {
    if (revision > fold.revision) continue;
    const pause = pauses.findLast(({ before, after }) =>
      kind === 'fired' ? before <= revision : after !== undefined && after <= revision,
    );
    // Of a counter that nothing has touched, each definition begins the silence again.
    if (!pause) continue;
    const isTrue = kind === 'fired' ? isLongEnough(pause) : pause.after === revision;
    const kinds = told.get(pause.before) ?? new Set();
    told.set(pause.before, kinds);
    const isInOrder = !kinds.has(kind) && (kind === 'fired' || kinds.has('fired'));
    world.check(
      isTrue && isInOrder,
      () => `rule ${name} tells that it ${kind} at revision ${revision}: the ledger says ${JSON.stringify(pause)}`,
    );
    kinds.add(kind);
  }
  let missing = 0;
  for (const pause of pauses) {
    const kinds = told.get(pause.before);
    const mustFire = !pause.isFirst && pause.lastedMs > silentForMs + NOTICED_MS;
    if (mustFire && !kinds?.has('fired')) missing += 1;
    if (kinds?.has('fired') && pause.after !== undefined && !kinds.has('cleared')) missing += 1;
  }
  return missing;

  function isLongEnough({ lastedMs }: Pause): boolean {
    return lastedMs >= silentForMs - TOLERANCE_MS;
  }
}

function listPauses(world: World, fold: LedgerFold, { counter, sinceRevision }: FollowedSilence): readonly Pause[] {
  const touched: number[] = [];
  for (let revision = 1; revision <= fold.revision; revision += 1)
    if (fold.getEntry(revision)?.changes.some((change) => change.counter === counter)) touched.push(revision);
  const getAt = (revision: number): number => fold.states[revision]?.at ?? 0;
  return touched.map((before, index) => {
    const after = touched[index + 1];
    const endMs = after === undefined ? world.wallMs() : getAt(after);
    return {
      before,
      after,
      lastedMs: endMs - getAt(before),
      isFirst: (after ?? Infinity) > sinceRevision && before <= sinceRevision,
    };
  });
}
