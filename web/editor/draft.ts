/** The unsaved arrangement of a board: its steps, what somebody else has saved meanwhile, and saving it. */
import { computed, effect, type Signal, signal } from '@preact/signals';
import {
  type DashboardDefinition,
  readDefinition,
  RefusedError,
  UnavailableError,
  updateDefinition,
} from '../../src/client/client.js';
import type { BoardData } from '../data/board-data.js';
import { describeError } from '../words/problem-words.js';
import { applyStep, type Arrangement, type Step, toArrangement, toLayout } from './arrangement.js';
import {
  type ArrangementDifference,
  compareArrangements,
  isArrangedAnew,
  listContested,
} from './arrangement-difference.js';

/** Attempts to save while others change other parts of the definition. */
const MAX_ATTEMPTS = 5;

/** A tile or a group that is carried, by the keys or by the pointer. */
export interface Picked {
  /** Name of the tile, or id of the group. */
  readonly id: string;
  /** Where it is now; undefined while it is where it was. */
  readonly step: Step | undefined;
}

/** An arrangement that somebody else has saved since this editor began. */
export interface Conflict {
  readonly definition: DashboardDefinition;
  readonly difference: ArrangementDifference;
  /** Tiles that both have changed. */
  readonly contested: readonly string[];
  /** Milliseconds since the Unix epoch, viewer's clock. */
  readonly savedAt: number;
}

/** `saving` until the board shows what was saved. */
export type DraftState = 'open' | 'saving' | 'saved';

export class Draft {
  readonly steps = signal<readonly Step[]>([]);
  readonly picked = signal<Picked | undefined>(undefined);
  readonly conflict = signal<Conflict | undefined>(undefined);
  readonly state = signal<DraftState>('open');
  /** Why it could not be saved. */
  readonly problem = signal<string | undefined>(undefined);
  readonly #base: Signal<DashboardDefinition>;
  /** Version that this editor has saved: it is not somebody else's. */
  #savedVersion = 0;
  #nextGroup = 1;

  readonly arrangement = computed<Arrangement>(() => {
    const moved = this.picked.value?.step;
    const steps = moved ? [...this.steps.value, moved] : this.steps.value;
    return steps.reduce(applyStep, toArrangement(this.#base.value));
  });

  constructor(
    private readonly data: BoardData,
    definition: DashboardDefinition,
  ) {
    this.#base = signal(definition);
  }

  /** True while there are steps that the service has not stored. */
  get isUnsaved(): boolean {
    return this.steps.peek().length > 0 && this.#savedVersion === 0;
  }

  /** Follows the definition of the board. @returns a function that ends it */
  follow(): () => void {
    return effect(() => {
      const definition = this.data.definition.value;
      if (definition) this.#onDefinition(definition);
    });
  }

  /** Takes a step, unless it changes nothing. Repeated sizes and names of the same thing are one step. */
  take(step: Step): void {
    const before = toArrangement(this.#base.peek());
    const steps = this.steps.peek();
    const last = steps.at(-1);
    const rest = last && isRepeated(last, step) ? steps.slice(0, -1) : steps;
    const present = rest.reduce(applyStep, before);
    this.steps.value = applyStep(present, step) === present ? rest : [...rest, step];
  }

  undo(): void {
    this.steps.value = this.steps.peek().slice(0, -1);
  }

  discard(): void {
    this.steps.value = [];
    this.picked.value = undefined;
    this.#takeTheirs();
  }

  addGroup(title: string): string {
    const group = `new ${this.#nextGroup++}`;
    this.take({ kind: 'add-group', group, title });
    return group;
  }

  /** Carries what is picked up. */
  carry(step: Step): void {
    const picked = this.picked.peek();
    if (picked) this.picked.value = { id: picked.id, step };
  }

  putDown(): void {
    const step = this.picked.peek()?.step;
    this.picked.value = undefined;
    if (step) this.take(step);
  }

  /** Repeats the own steps on what somebody else has saved. */
  keepBoth(): void {
    this.#takeTheirs();
    const before = toArrangement(this.#base.peek());
    // Steps that change nothing any more are dropped, so that their number is right.
    const kept: Step[] = [];
    let present = before;
    for (const step of this.steps.peek()) {
      const next = applyStep(present, step);
      if (next !== present) kept.push(step);
      present = next;
    }
    this.steps.value = kept;
  }

  /** Stores the layout, unless somebody else has arranged the board: then {@link conflict} says so. */
  async save(): Promise<void> {
    this.state.value = 'saving';
    this.problem.value = undefined;
    try {
      for (let attempt = 1; attempt <= MAX_ATTEMPTS && this.state.peek() === 'saving'; attempt += 1) {
        if (await this.#store()) return;
        // Other parts of the definition may have changed: these do not matter to the layout.
        const { base, name, tokenOptions } = this.data;
        this.#rebase(await readDefinition(base, { dashboard: name, ...tokenOptions }));
        if (this.conflict.peek()) this.state.value = 'open';
      }
    } catch (error) {
      if (!(error instanceof RefusedError) && !(error instanceof UnavailableError)) throw error;
      this.problem.value = describeError(error);
    }
    this.state.value = 'open';
  }

  /** @returns false if the definition is not the expected one any more @throws RefusedError, UnavailableError */
  async #store(): Promise<boolean> {
    const { base, name, tokenOptions } = this.data;
    const { etag } = this.#base.peek();
    const patch = { layout: toLayout(this.arrangement.peek()) };
    try {
      const ifMatch = etag === undefined ? {} : { ifMatch: etag };
      const { version } = await updateDefinition(base, { dashboard: name, patch, ...ifMatch, ...tokenOptions });
      this.#savedVersion = version;
    } catch (error) {
      if (error instanceof RefusedError && error.problem.code === 'definition-changed') return false;
      throw error;
    }
    const shown = this.data.definition.peek();
    if (shown) this.#onDefinition(shown);
    return true;
  }

  #onDefinition(definition: DashboardDefinition): void {
    if (this.state.peek() !== 'saving') {
      this.#rebase(definition);
      return;
    }
    // It may be the own one, which comes before or after the response to the request.
    if (this.#savedVersion === 0 || definition.version < this.#savedVersion) return;
    this.#base.value = definition;
    this.steps.value = [];
    this.state.value = 'saved';
  }

  /** Starts from a newer definition, if the own steps do not meet another arrangement there. */
  #rebase(definition: DashboardDefinition): void {
    const base = this.#base.peek();
    if (definition.version <= base.version) return;
    const difference = compareArrangements(toArrangement(base), toArrangement(definition));
    const steps = this.steps.peek();
    if (steps.length === 0 || !isArrangedAnew(difference)) {
      this.#base.value = definition;
      return;
    }
    const contested = listContested(difference, steps);
    this.conflict.value = { definition, difference, contested, savedAt: Date.now() };
  }

  #takeTheirs(): void {
    const conflict = this.conflict.peek();
    if (conflict) this.#base.value = conflict.definition;
    this.conflict.value = undefined;
  }
}

function isRepeated(last: Step, step: Step): boolean {
  if (last.kind === 'resize') return step.kind === 'resize' && step.show === last.show;
  return last.kind === 'rename-group' && step.kind === 'rename-group' && step.group === last.group;
}
