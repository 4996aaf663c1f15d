/**
 * Applies the batches of one bulk stream in order, at the rate that `MAX_CHANGES_PER_S` allows. A batch begins once
 * every change set of the batch before it has been passed on. Otherwise the rest of a batch that waits for the next
 * second would be overtaken.
 */
import type { ChangeSet, Outcome } from '../../counters/counters.js';
import type { TallyError } from '../../counters/errors.js';

type Results = readonly (Outcome | TallyError)[];

export class PacedChanges {
  /** Resolves when the change sets of all batches so far have been passed on. */
  #passedOn: Promise<unknown> = Promise.resolve();

  /**
   * @param consumeUpTo waits until at least one change is allowed; resolves with how many are
   * @param applyAll applies change sets in the order of the calls
   */
  constructor(
    private readonly consumeUpTo: (wanted: number) => Promise<number>,
    private readonly applyAll: (changeSets: readonly ChangeSet[]) => Promise<Results>,
  ) {}

  /**
   * Applies a batch. Resolves with one result for each change set.
   * @param invalidLines invalid lines of the batch; each counts as a change
   */
  async apply(changeSets: readonly ChangeSet[], invalidLines: number): Promise<Results> {
    const results = this.#passedOn.then(() => this.#passOn(changeSets, invalidLines));
    this.#passedOn = results.catch(() => undefined);
    return (await Promise.all(await results)).flat();
  }

  /** Resolves with the pending results of each part as soon as all parts have been passed on. */
  async #passOn(changeSets: readonly ChangeSet[], invalidLines: number): Promise<Promise<Results>[]> {
    const parts: Promise<Results>[] = [];
    for (let left = invalidLines; left > 0;) left -= await this.consumeUpTo(left);
    for (let from = 0, to = 0; from < changeSets.length; from = to) {
      to = from + (await this.consumeUpTo(changeSets.length - from));
      parts.push(this.applyAll(changeSets.slice(from, to)));
    }
    // Parts that are rejected while others wait would count as unhandled rejections.
    for (const part of parts) part.catch(() => undefined);
    return parts;
  }
}
